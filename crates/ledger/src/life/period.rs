//! The closed time: up to the end of a month no event holds any more, until it is opened again.

use crate::draft::Draft;
use crate::event::{Office, PeriodEvent};
use crate::record::{Closed, Key};
use crate::{Month, Refusal, Thing};
use policy::Figure;

pub(crate) fn judge(draft: &mut Draft<'_>, month: Month, did: PeriodEvent) -> Result<(), Refusal> {
    draft.permit(&[Office::Bureau], Thing::Books, "period")?;
    let Closed { through } = draft.sum(&Key::Closed)?;
    let differs = |expected: String| {
        let (found, expected) = (Figure::Text(month.to_string()), Figure::Text(expected));
        Err(Refusal::Differs { field: "month", found, expected })
    };
    let through = match (did, through) {
        (PeriodEvent::Closed, Some(closed)) if month <= closed => return differs(format!("after {closed}")),
        // A month is closed when it has ended.
        (PeriodEvent::Closed, _) if draft.on() <= month.last_day() => {
            return differs(format!("before {}", Month::of(draft.on())));
        }
        (PeriodEvent::Closed, _) => Some(month),
        (PeriodEvent::Reopened, Some(closed)) if month <= closed => Some(month.before()),
        (PeriodEvent::Reopened, closed) => {
            return differs(closed.map_or_else(|| "none, nothing is closed".to_owned(), |c| format!("up to {c}")));
        }
    };
    draft.put(Key::Closed, Closed { through });
    Ok(())
}
