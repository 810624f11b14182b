//! The words of tables and answers.

use primitives::size_class::Size;
use scoring::commercial::{Effect, SubScore};

/// Printed with every rating.
pub const NOTICE: &str = "仅供参考 for reference only";

/// Points over the span of points, in 0..100.
pub fn share_of_span(s: SubScore) -> f64 {
    let span = s.highest - s.lowest;
    if span == 0 { 0.0 } else { 100.0 * f64::from(s.points - s.lowest) / f64::from(span) }
}

/// The word for an effect.
pub fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::HardStop => "hard_stop",
        Effect::Cap => "cap",
        Effect::Warning => "warning",
    }
}

/// The word for a size class.
pub fn size_name(size: Size) -> &'static str {
    match (size, size.is_sme()) {
        (Size::Class(class), _) => class.name_en(),
        (Size::Unclassified, _) => "unclassified",
        (_, Some(true)) => "sme",
        (_, Some(false)) => "large",
        (_, None) => "unknown",
    }
}
