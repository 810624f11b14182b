//! A row of a snapshot is a row of features.

use crate::row::{FeatureRow, Figure, Text};
use features::snapshot::Row;

impl<'s> FeatureRow<'s> for Row<'s> {
    fn text(&self, column: Text) -> Option<&'s str> {
        Row::text(self, column as usize)
    }

    fn figure(&self, column: Figure) -> f64 {
        Row::figure(self, column as usize)
    }

    fn value(&self, feature: usize) -> f64 {
        Row::value(self, feature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use features::snapshot::{FIGURES, TEXTS};

    #[test]
    fn places_are_those_of_the_snapshot() {
        assert_eq!(Text::ALL.map(Text::column), TEXTS);
        assert_eq!(Figure::ALL.map(Figure::column), FIGURES);
        assert!(Text::ALL.iter().enumerate().all(|(i, t)| *t as usize == i));
        assert!(Figure::ALL.iter().enumerate().all(|(i, f)| *f as usize == i));
    }
}
