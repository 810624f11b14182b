//! A feature row and a model file in, a rating out.
//!
//! Everything here is pure: no file, no clock, no thread, no data frame. A bank's program embeds this
//! crate alone, 27 crates in all with what it builds on
//! (`cargo tree -p scoring -e normal --prefix none | awk '{print $1,$2}' | sort -u | wc -l`);
//! `examples/embed.rs` is such a program.
//!
//! - [`Model::from_json`] reads a model file and checks it whole; a model that loads can score.
//! - [`Model::assess`] rates one row whose values are bound by position, [`Model::assess_named`] one
//!   that comes as names and values.
//! - [`Model::bind`] binds columns of a table once; [`Batch::score`] and [`Batch::assess`] then rate
//!   any range of rows.
//!
//! Points are integers and sums of integers are exact in any order, so all of these, and any other
//! reader of the model file, agree to the bit.
//!
//! # Examples
//! ```
//! use primitives::Value;
//! use scoring::Model;
//!
//! let model = Model::from_json(include_bytes!("../examples/model.json"))?;
//! let rating = model.assess(&[Value::Number(7.0), Value::Text("retail")])?;
//! assert_eq!(rating.score, 640);
//! assert_eq!(model.grade_name(rating.grade), "A");
//! # Ok::<(), scoring::Error>(())
//! ```

mod axis;
mod batch;
pub mod commercial;
mod error;
mod explain;
mod kernel;
mod layout;
mod makers;
mod model;
mod model_file;
mod rating;
mod reasons;
mod vector;

pub use batch::Batch;
pub use error::Error;
pub use explain::{Contribution, Explanation};
pub use makers::is_same_person;
pub use model::{Language, Model};
pub use model_file::{
    Attribute, Bin, Card, Characteristic, Coverage, DataFile, Direction, Edit, FORMAT, FORMAT_VERSION, Grade, Interval,
    Kind, ModelFile, Origin, PdTable, PriorMove, PriorRecord, ReasonBaseline, ReasonRule, Removed, Scale, SpecialValue,
    Table, TwoWayTable,
};
pub use rating::{Rating, Reason, Reasons};
