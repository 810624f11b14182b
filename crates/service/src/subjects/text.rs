//! What lies sealed in the steps of an objection: whom and what it is about, who received the wrong value.

use store::{Kept, Objection};

/// The opening: enterprise and source each on a line, then what the enterprise says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Opening {
    pub(crate) enterprise_id: String,
    /// Empty where it is about the rating as such.
    pub(crate) source_id: String,
    pub(crate) statement: String,
}

/// The resolution: who received the wrong value on a line, as `bank/rating` with blanks between, then the answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Resolution {
    /// Banks and ratings.
    pub(crate) receivers: Vec<(String, String)>,
    pub(crate) answer: String,
}

impl Opening {
    pub(crate) fn keep(&self) -> String {
        format!("{}\n{}\n{}", self.enterprise_id, self.source_id, self.statement)
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '\n').map(str::to_owned);
        Some(Self { enterprise_id: parts.next()?, source_id: parts.next()?, statement: parts.next()? })
    }

    /// That of a stored objection; nothing where its key was destroyed.
    pub(crate) fn of(objection: &Objection) -> Option<Self> {
        here(objection, 0).and_then(Self::read)
    }
}

impl Resolution {
    pub(crate) fn keep(&self) -> String {
        let receivers: Vec<String> = self.receivers.iter().map(|(bank, rating)| format!("{bank}/{rating}")).collect();
        format!("{}\n{}", receivers.join(" "), self.answer)
    }

    fn read(text: &str) -> Option<Self> {
        let (receivers, answer) = text.split_once('\n')?;
        let pair = |text: &str| text.split_once('/').map(|(bank, rating)| (bank.to_owned(), rating.to_owned()));
        let receivers = receivers.split(' ').filter(|r| !r.is_empty()).map(pair).collect::<Option<_>>()?;
        Some(Self { receivers, answer: answer.to_owned() })
    }

    /// That of a stored objection; nothing while it is open or where its key was destroyed.
    pub(crate) fn of(objection: &Objection) -> Option<Self> {
        objection.outcome.as_ref()?;
        here(objection, objection.steps.len().checked_sub(1)?).and_then(Self::read)
    }
}

fn here(objection: &Objection, step: usize) -> Option<&str> {
    match &objection.steps.get(step)?.text {
        Kept::Here(text) => Some(text),
        Kept::Deleted { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read() {
        for (source_id, statement) in [("invoices", "错\n了"), ("", ""), ("", "\n")] {
            let opening =
                Opening { enterprise_id: "E1".into(), source_id: source_id.into(), statement: statement.into() };
            assert_eq!(Opening::read(&opening.keep()), Some(opening));
        }
        let pairs = [("a".to_owned(), "1".to_owned()), ("b-c".to_owned(), "2".to_owned())];
        for receivers in [Vec::new(), pairs.to_vec()] {
            let resolution = Resolution { receivers, answer: "已更正\n请核对".into() };
            assert_eq!(Resolution::read(&resolution.keep()), Some(resolution));
        }
        assert_eq!(Opening::read("E1\ninvoices"), None);
    }
}
