//! What the benches share: data sets, measures, clocks.

pub mod clock;
pub mod few;
pub mod iv;
pub mod peers;
pub mod sets;
