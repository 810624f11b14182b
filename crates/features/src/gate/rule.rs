//! The rules by id, as issues and summaries name them. Rules of rows are also named by the schema.

pub(super) const GIVEN_TWICE: &str = "given_twice";
pub(super) const OTHER_EXTENSION: &str = "other_extension";
pub(super) const UNKNOWN_FILE: &str = "unknown_file";

pub(super) const UNREADABLE_FILE: &str = "unreadable_file";
pub(super) const UNREADABLE_ROWS: &str = "unreadable_rows";
pub(super) const MISSING_COLUMN: &str = "missing_column";
pub(super) const DUPLICATE_HEADING: &str = "duplicate_heading";
pub(super) const UNKNOWN_HEADING: &str = "unknown_heading";
pub(super) const UNIT_REFUSED: &str = "unit_refused";
pub(super) const UNIT_SUSPECT: &str = "unit_suspect";
pub(super) const NO_ROWS: &str = "no_rows";
pub(super) const STALE: &str = "stale";

pub(super) const RAGGED_ROW: &str = "ragged_row";
pub(super) const BAD_CELL: &str = "bad_cell";
pub(super) const OUT_OF_RANGE: &str = "out_of_range";
pub(super) const UNKNOWN_CODE: &str = "unknown_code";
pub(super) const UNKNOWN_DISTRICT: &str = "unknown_district";
pub(super) const BAD_CREDIT_CODE: &str = "bad_credit_code";
pub(super) const MISSING_CELL: &str = "missing_cell";
pub(super) const FUTURE_DATE: &str = "future_date";
pub(super) const CONFLICT: &str = "conflict";
