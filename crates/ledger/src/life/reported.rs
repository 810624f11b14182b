//! Plan indicators without a system of their own: they enter as they are reported.

use crate::draft::{Draft, district, in_range, not_empty, period};
use crate::event::{Office, Reported};
use crate::record::{Key, ReportedFigure};
use crate::{Refusal, Thing};

pub(crate) fn judge(draft: &mut Draft<'_>, figure: &Reported) -> Result<(), Refusal> {
    let Reported { indicator, district: code, from, to, value, document, maker } = figure;
    let offices = [Office::Platform, Office::Bureau, Office::District(*code)];
    draft.permit(&offices, Thing::Figure, indicator.as_str())?;
    draft.two_persons(*maker, "maker")?;
    // An indicator is the same in every plan, and reports go on when a plan has ended.
    let plans = draft.rules.targets.rules();
    let known = |plan: &policy::targets::Rule| plan.terms().plan_indicators().any(|t| t.code == indicator.as_str());
    if !plans.iter().any(known) {
        return Err(Refusal::Indicator { found: indicator.to_string() });
    }
    period(*from, *to)?;
    district(*code, *to)?;
    draft.not_before(*from)?;
    in_range("value", *value, 0, i64::MAX)?;
    not_empty("document", document)?;
    let key = Key::Reported(*indicator, *code, *from, *to);
    draft.vacant(&key, Thing::Figure, indicator.as_str())?;
    let checker = draft.event.actor.id;
    draft.put(key, ReportedFigure { last: draft.seq, figure: figure.clone(), checker });
    Ok(())
}
