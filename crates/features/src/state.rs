/// Why a feature has no number, or that it has one.
///
/// The three absences are never mixed up: each has its own letter in the column `states` of a feature table, and its own
/// bin on a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// A number.
    Value,
    /// There is nothing to compute it from: a denominator is not above zero, or no record was selected.
    EmptyDenominator,
    /// The source is not there, or says nothing about the enterprise.
    Unknown,
    /// The enterprise has not authorised the source.
    NotAuthorised,
}

impl State {
    /// The letter in the column `states`.
    pub fn letter(self) -> char {
        match self {
            Self::Value => '.',
            Self::EmptyDenominator => '0',
            Self::Unknown => 'u',
            Self::NotAuthorised => 'n',
        }
    }

    /// The state of a letter.
    pub fn of(letter: char) -> Option<Self> {
        [Self::Value, Self::EmptyDenominator, Self::Unknown, Self::NotAuthorised]
            .into_iter()
            .find(|s| s.letter() == letter)
    }
}
