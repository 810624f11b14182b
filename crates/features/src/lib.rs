//! Raw records of many departments to features of each enterprise, as of a date.
//!
//! [`schema`] says what each source looks like; [`gate`] reads the files of a directory by it, sets bad rows aside and
//! says whether the result may be used; [`record`] is the typed batch that comes out. [`catalogue`] holds the definitions
//! of the features in the language of [`expression`], and [`compute`] turns records into a table of them. A [`snapshot`]
//! is that table as a file that is looked into by the id of an enterprise.
//!
//! Nothing here knows what a score is.

pub mod calendar;
pub mod catalogue;
mod engine;
pub mod expression;
mod files;
pub mod gate;
mod inputs_digest;
pub mod record;
pub mod schema;
pub mod snapshot;
mod state;

pub use engine::{Error, Options, Outcome, Step, compute};
pub use inputs_digest::InputsDigest;
pub use state::State;
