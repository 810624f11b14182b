/// Why a model can not be exported to a target as it was asked for.
///
/// `target` is the reader's name: `Spark`, `DuckDB`, `PostgreSQL`, `SQLite` or `PMML`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A name or text has a character that the target can not hold.
    #[error(
        "{place}: {text:?} has the character U+{code:04X}, which can not stand in a text of {target}; rename it in the data and \
         train again"
    )]
    Character {
        /// Where the text stands.
        place: String,
        /// The text.
        text: String,
        /// The character.
        code: u32,
        /// Reader that was asked for.
        target: &'static str,
    },
    /// A name is empty.
    #[error("{place}: the name is empty, {target} has no column or table without a name")]
    EmptyName {
        /// Where the name stands.
        place: String,
        /// Reader that was asked for.
        target: &'static str,
    },
    /// A name is longer than the target keeps.
    #[error("{place}: {name:?} has {bytes} bytes, {target} cuts names at {allowed}; rename the column")]
    LongName {
        /// Where the name stands.
        place: String,
        /// The name.
        name: String,
        /// Its length in UTF-8.
        bytes: usize,
        /// The longest that is kept.
        allowed: usize,
        /// Reader that was asked for.
        target: &'static str,
    },
    /// Two columns have names that are one to the target.
    #[error(
        "{first:?} and {second:?} are one column to {target}, which does not tell capitals from small letters; rename one"
    )]
    SameName {
        /// One name.
        first: String,
        /// The other.
        second: String,
        /// Reader that was asked for.
        target: &'static str,
    },
    /// The target puts the value of a variable in place of a part of the name, before it reads the statement.
    #[error(
        "{place}: {name:?} has \"${{\", which {target} replaces by a variable even within quotes; rename the column"
    )]
    Variable {
        /// Where the name stands.
        place: String,
        /// The name.
        name: String,
        /// Reader that was asked for.
        target: &'static str,
    },
    /// The statement would have a select list that is longer than the target takes.
    #[error("the model's {tables} tables need a select list of {columns} columns, {target} takes {allowed}")]
    TooManyColumns {
        /// Tables of the model.
        tables: usize,
        /// Columns of the longest list.
        columns: usize,
        /// Columns that are taken.
        allowed: usize,
        /// Reader that was asked for.
        target: &'static str,
    },
    /// A name is one that the export gives to a column or field of its own, or that is given already.
    #[error("{place}: the name {name:?} is taken by another column or field of the export")]
    NameTaken {
        /// Where the name stands.
        place: String,
        /// The name.
        name: String,
    },
    /// A name that can not stand in a list of names.
    #[error(
        "{place}: {name:?} has a semicolon, which stands between the names in the column of what is not authorised; rename \
         the column or leave that option out"
    )]
    Semicolon {
        /// Where the name stands.
        place: String,
        /// The name.
        name: String,
    },
    /// Two tables give the same reason code.
    #[error(
        "tables {first} and {second} both give the reason code {code:?}: {target} adds up what a code lost, so reasons would \
         not be those of the model; export to SQL, which tells tables apart"
    )]
    ReasonCodeTwice {
        /// Number of a table, from 1.
        first: usize,
        /// Number of another.
        second: usize,
        /// Their code.
        code: String,
        /// Reader that was asked for.
        target: &'static str,
    },
}
