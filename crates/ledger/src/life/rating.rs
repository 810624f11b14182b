//! Facts of the other flow: a rating that was issued, and what a bank decided on it.

use crate::draft::{Draft, in_range, not_before, period, positive};
use crate::event::{Office, RatingEvent};
use crate::record::{Decision, Key, Rating, Subject};
use crate::{RatingId, Refusal, Thing};

pub(crate) fn judge(draft: &mut Draft<'_>, id: RatingId, did: &RatingEvent) -> Result<(), Refusal> {
    match did {
        RatingEvent::Issued {
            enterprise,
            model,
            score,
            grade,
            recommended_fen,
            valid_from,
            valid_to,
            negative_hit,
            pd_ppm,
        } => {
            draft.permit(&[Office::Platform, Office::Bureau], Thing::Rating, id.as_str())?;
            draft.vacant(&Key::Rating(id), Thing::Rating, id.as_str())?;
            period(*valid_from, *valid_to)?;
            not_before("valid_from", *valid_from, draft.on())?;
            if let Some(recommended) = recommended_fen {
                in_range("recommended_fen", recommended.get(), 0, i64::MAX)?;
            }
            if let Some(pd) = pd_ppm {
                in_range("pd_ppm", pd.get(), 0, 1_000_000)?;
            }
            let rating = Rating {
                last: draft.seq,
                issued_on: draft.on(),
                enterprise: *enterprise,
                model: model.clone(),
                score: *score,
                grade: *grade,
                recommended_fen: *recommended_fen,
                valid_from: *valid_from,
                valid_to: *valid_to,
                negative_hit: *negative_hit,
            };
            draft.put(Key::Rating(id), rating);
            Ok(())
        }
        RatingEvent::Decided { bank, decision, amount_fen } => {
            draft.permit(&[Office::Bank(*bank), Office::Platform], Thing::Decision, id.as_str())?;
            let rating: Rating = draft.get(&Key::Rating(id), Thing::Rating, id.as_str())?;
            draft.not_before(rating.issued_on)?;
            match decision {
                crate::event::Decided::Accepted => positive("amount_fen", *amount_fen)?,
                crate::event::Decided::Declined => in_range("amount_fen", amount_fen.get(), 0, 0)?,
            }
            let key = Key::Decision(id, *bank);
            draft.vacant(&key, Thing::Decision, id.as_str())?;
            draft.link(Subject::Rating(id))?;
            draft.put(key, Decision { last: draft.seq, decision: *decision, amount_fen: *amount_fen });
            Ok(())
        }
    }
}
