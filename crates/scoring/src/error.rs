use primitives::Digest;

/// Why a model was refused, or a row could not be rated.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are not the JSON of a model file.
    #[error("model file can not be read: {detail}")]
    Unreadable {
        /// What the JSON reader said, with line and column.
        detail: String,
    },
    /// The file is of another kind.
    #[error("model file has format {found:?}, expected \"shangzhi-model\"")]
    OtherFormat {
        /// The format it states.
        found: String,
    },
    /// The file was written by a newer program.
    #[error("model file has format version {found}, this program reads up to {supported}; update the program")]
    NewerFormat {
        /// The version it states.
        found: u32,
        /// The newest version known here.
        supported: u32,
    },
    /// The file is not the one whose digest is on record.
    #[error("model file has digest {found}, on record is {expected}: it was edited or damaged")]
    DigestMismatch {
        /// Digest of the bytes given.
        found: Digest,
        /// Digest on record.
        expected: Digest,
    },
    /// A rule of the format does not hold.
    #[error("model file is inconsistent: {place}: {problem}")]
    Inconsistent {
        /// Where, in words or as a path of the file.
        place: String,
        /// What is wrong there, with the value and the allowed range.
        problem: String,
    },
    /// The data has no column for a characteristic.
    #[error("column {column:?} is needed by the model and is not in the data")]
    MissingColumn {
        /// Name of the characteristic.
        column: String,
    },
    /// A row has another number of values than the model has characteristics.
    #[error("the row has {found} values, the model has {expected} characteristics")]
    WrongWidth {
        /// Values given.
        found: usize,
        /// Characteristics of the model.
        expected: usize,
    },
    /// A value is of the other type.
    #[error("characteristic {characteristic:?} takes {expected}, found {found}")]
    WrongType {
        /// Name of the characteristic.
        characteristic: String,
        /// `a number` or `a text`.
        expected: &'static str,
        /// The value as it stood.
        found: String,
    },
    /// A name was given twice in one row.
    #[error("characteristic {characteristic:?} is given twice")]
    GivenTwice {
        /// Name of the characteristic.
        characteristic: String,
    },
    /// Columns of one table differ in length.
    #[error("column {column:?} has {found} rows, expected {expected}")]
    UnequalLength {
        /// Name of the column.
        column: String,
        /// Its rows.
        found: usize,
        /// Rows of the first column.
        expected: usize,
    },
    /// A range of rows lies outside the table, or an output slice has another length.
    #[error("rows {start}..{end} into {room} places: the table has {rows} rows")]
    WrongRange {
        /// First row asked for.
        start: usize,
        /// One past the last row asked for.
        end: usize,
        /// Length of the output slice.
        room: usize,
        /// Rows there are.
        rows: usize,
    },
    /// A text column has a code that its dictionary does not hold.
    #[error("column {column:?}: code {code} is outside its dictionary of {levels} levels")]
    CodeOutsideDictionary {
        /// Name of the column.
        column: String,
        /// The code.
        code: u32,
        /// Length of the dictionary.
        levels: usize,
    },
}

impl Error {
    /// Whether the caller's row or table is at fault, rather than the model.
    pub fn is_invalid_input(&self) -> bool {
        !matches!(
            self,
            Self::Unreadable { .. }
                | Self::OtherFormat { .. }
                | Self::NewerFormat { .. }
                | Self::DigestMismatch { .. }
                | Self::Inconsistent { .. }
        )
    }
}
