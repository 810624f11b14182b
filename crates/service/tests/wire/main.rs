//! A server over real sockets: one file for each property.

#[path = "../common/mod.rs"]
mod common;

mod door;
mod fuzz;
mod life;
mod limits;
mod rotation;
mod traces;
