//! Raw records of many departments to features of each enterprise, as of a date.
//!
//! [`schema`] says what each source looks like; [`gate`] reads the files of a directory by it, sets bad rows aside and
//! says whether the result may be used; [`record`] is the typed batch that comes out. Nothing here knows what a score is.

mod files;
pub mod gate;
pub mod record;
pub mod schema;
