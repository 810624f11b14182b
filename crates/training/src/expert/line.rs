//! The credit line of a card.

use super::CardError;
use super::read::LineEntry;
use scoring::commercial::{Class, ClassCap, LineCurve, LineRule};

/// The rule of the line; the model file checks the rest of it.
pub(super) fn rule(line: &LineEntry) -> Result<LineRule, CardError> {
    let refuse = |name: &str, problem: String| CardError { place: format!("line.{name}"), problem };
    let fen = |name: &str, yuan: i64| {
        yuan.checked_mul(100).ok_or_else(|| refuse(name, format!("{yuan} yuan is more than can be counted in fen")))
    };
    let ppm = |name: &str, share: f64| match (-1.0..=100.0).contains(&share) {
        true => Ok((share * 1e6).round() as i64),
        false => Err(refuse(name, format!("{share} lies outside -1 to 100"))),
    };
    if !["official", "illustrative"].contains(&line.cap_mark.as_str()) {
        return Err(refuse("cap_mark", format!("{:?} is neither \"official\" nor \"illustrative\"", line.cap_mark)));
    }
    let cap = |class, name, yuan| {
        let (mark, source) = (line.cap_mark.clone(), line.cap_source.clone());
        Ok::<_, CardError>(ClassCap { class, cap_fen: fen(name, yuan)?, mark, source })
    };
    let caps = vec![
        cap(Class::General, "cap_yuan", line.cap_yuan)?,
        cap(Class::Specialised, "cap_specialised_yuan", line.cap_specialised_yuan)?,
    ];
    let step_fen = fen("step_yuan", line.step_yuan)?;
    let curve = match (&line.ladder, line.score_zero, line.score_full) {
        (Some(shares), None, None) => {
            LineCurve::Ladder { share_ppm: shares.iter().map(|s| ppm("ladder", *s)).collect::<Result<_, _>>()? }
        }
        (None, Some(score_zero), Some(score_full)) => {
            steep(&caps, step_fen, i64::from(score_full) - i64::from(score_zero))
                .map_err(|problem| refuse("score_full", problem))?;
            LineCurve::Interpolated { score_zero, score_full }
        }
        _ => return Err(refuse("score_zero", "either score_zero and score_full are stated, or ladder alone".into())),
    };
    Ok(LineRule {
        document: line.document.clone(),
        caps,
        sales_share_ppm: ppm("sales_share", line.sales_share)?,
        taxes_share_ppm: ppm("taxes_share", line.taxes_share)?,
        step_fen,
        growth_ppm: [ppm("growth_min", line.growth_min)?, ppm("growth_max", line.growth_max)?],
        curve,
    })
}

/// One point may move the line by 1 % of the cap, rounding to whole steps included: no one's line hangs on a point.
fn steep(caps: &[ClassCap], step_fen: i64, width: i64) -> Result<(), String> {
    for cap in caps {
        // What is out of range is told by the check of the model file.
        if width <= 0 || step_fen <= 0 || cap.cap_fen <= 0 {
            continue;
        }
        let up = |x: i64, by: i64| x / by + i64::from(x % by != 0);
        let moves = i128::from(up(up(cap.cap_fen, width), step_fen)) * i128::from(step_fen);
        if moves * 100 > i128::from(cap.cap_fen) {
            return Err(format!(
                "over {width} points one point moves a line by up to {} of {} yuan, 1 % is allowed: part the scores further, \
                 or make step_yuan smaller",
                moves / 100,
                cap.cap_fen / 100
            ));
        }
    }
    Ok(())
}
