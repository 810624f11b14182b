//! Roles, and what each may see: the one place that turns a page's state into a question.

use crate::periods::Stretch;
use crate::view::View;
use policy::codes;
use primitives::RegionCode;
use totals::{Dimension, Figure, Query};

codes! {
    /// What a person is for.
    Role, "role";
    City = "city", "市局", "city bureau";
    District = "district", "区县", "district";
    Auditor = "auditor", "审计", "auditor";
    Operator = "operator", "运维", "operator";
}

impl Role {
    /// Whether the figures are for it: who runs the machine has no business with them.
    pub(crate) fn sees_figures(self) -> bool {
        self != Self::Operator
    }

    /// Whether it may act on payments of the state: what a step asks of whom the ledger says.
    pub(crate) fn acts(self) -> bool {
        matches!(self, Self::City | Self::District)
    }

    /// Whether it sees what is of the whole city and can not be parted by district, such as files.
    pub(crate) fn sees_files(self) -> bool {
        matches!(self, Self::City | Self::Auditor)
    }

    /// Whether it may see who signs in.
    pub(crate) fn sees_people(self) -> bool {
        matches!(self, Self::Auditor | Self::Operator)
    }
}

/// Whose rows a person sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    City,
    District(RegionCode),
}

impl Scope {
    /// The district that it is bound to.
    pub(crate) fn district(self) -> Option<RegionCode> {
        match self {
            Self::City => None,
            Self::District(code) => Some(code),
        }
    }

    /// Whether an address asks for nothing but what may be seen. To be asked before any question is: what is not one's own
    /// is not there.
    pub(crate) fn admits(self, view: &View) -> bool {
        let Self::District(own) = self else { return true };
        let own = own.to_string();
        view.filter(Dimension::District).is_none_or(|codes| codes.iter().all(|code| *code == own))
    }

    /// A question about a period under the filters of the page, bound to the district whatever the page says.
    pub(crate) fn query(self, view: &View, days: Stretch, by: &[Dimension], figures: &[Figure]) -> Query {
        let mut filter = view.filters();
        if let Self::District(own) = self {
            filter.retain(|(dimension, _)| *dimension != Dimension::District);
            filter.push((Dimension::District, vec![own.to_string()]));
        }
        Query {
            by: by.to_vec(),
            filter,
            recorded_at: view.recorded_at,
            figures: figures.to_vec(),
            ..Query::new(days.from, days.to)
        }
    }
}
