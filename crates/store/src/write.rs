//! A job for the writer: audit lines, and the rows that they carry.

use crate::Error;
use crate::audit::NewLine;
use crate::consents::{NewConsent, Revocation};
use crate::decisions::NewDecision;
use crate::drafts::{DraftEnd, NewDraft};
use crate::engine::Value;
use crate::models::NewActivation;
use crate::objections::{NewObjection, ObjectionMove};
use crate::ratings::{NewRating, Rating};
use crate::receivers::NewReceipt;
use crate::staff::{NewSession, NewStaff, SessionEnd, SignInFailure};

/// A row to be written, carried by one audit line.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// A rating; at most one in a job.
    Rating(Box<NewRating>),
    /// A consent.
    Consent(Box<NewConsent>),
    /// The end of a consent.
    Revocation(Revocation),
    /// A bank's decision on a rating.
    Decision(NewDecision),
    /// The opening of an objection.
    Objection(NewObjection),
    /// A later step of an objection.
    ObjectionMove(ObjectionMove),
    /// A model put to work.
    Activation(NewActivation),
    /// A rating received by a tenant that did not ask for it.
    Receipt(NewReceipt),
    /// A person who may sign in, or what changed of one.
    Staff(NewStaff),
    /// A session that begins.
    Session(NewSession),
    /// The end of a session.
    SessionEnd(SessionEnd),
    /// A sign-in that failed.
    SignInFailure(SignInFailure),
    /// What one person prepares and another is to enter.
    Draft(NewDraft),
    /// How a draft ended.
    DraftEnd(DraftEnd),
}

/// A job: it is stored whole or not at all, and neither fails nor waits for its neighbours.
///
/// # Examples
/// ```
/// # use store::{NewLine, Write};
/// # fn line() -> NewLine { NewLine { at: 1, actor: "a".into(), role: "bank".into(), tenant: None, action: "list".into(),
/// #   subject: None, purpose: None, outcome: "OK".into(), object_id: None, detail: None } }
/// let only_audit = Write::new(line());
/// assert_eq!(only_audit.lines(), 1);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    pub(crate) entries: Vec<(NewLine, Option<Record>)>,
    pub(crate) request: Option<Request>,
    pub(crate) under: Option<Under>,
    /// Subject, and the line of the last step of its objections that was read.
    pub(crate) objections: Option<(String, i64)>,
}

/// The consents that the caller read before it made the job: the job is refused with [`Error::ConsentsChanged`] when one
/// was granted or revoked, at any server, before it is stored.
///
/// So consents may be remembered from an earlier question, and what is answered on them is right all the same, be it a
/// rating or the audit line of a refusal.
#[derive(Debug, Clone, PartialEq)]
pub struct Under {
    /// The bank.
    pub tenant: String,
    /// Id of the enterprise, in clear.
    pub subject: String,
    /// What was read: [`crate::Consents::version`].
    pub version: i64,
}

/// Identity of a request other than a rating (which carries its own), with the answer that a repeat gets.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Whose request.
    pub tenant: String,
    /// Its id, unique for the tenant among requests other than ratings.
    pub request_id: String,
    /// SHA-256 of the request's body.
    pub body_sha256: [u8; 32],
    /// What is answered, now and to a repeat. Not sealed: ids and times, no personal data.
    pub answer: Vec<u8>,
}

/// What became of a job.
#[derive(Debug, Clone, PartialEq)]
pub enum Written {
    /// It is on disk.
    New {
        /// Number of its first audit line.
        line: i64,
    },
    /// The rating was asked for before with the same body: nothing was written.
    RepeatedRating(Box<Rating>),
    /// The request was made before with the same body: nothing was written.
    Repeated {
        /// What was answered then.
        answer: Vec<u8>,
    },
}

impl Request {
    pub(crate) fn row(&self, line: i64) -> Vec<Value<'_>> {
        vec![
            line.into(),
            self.tenant.as_str().into(),
            self.request_id.as_str().into(),
            (&self.body_sha256).into(),
            self.answer.as_slice().into(),
        ]
    }
}

impl Write {
    /// A job of one audit line.
    pub fn new(line: NewLine) -> Self {
        Self { entries: vec![(line, None)], request: None, under: None, objections: None }
    }

    /// A job of one audit line that carries a row.
    pub fn of(line: NewLine, record: Record) -> Self {
        Self { entries: vec![(line, Some(record))], request: None, under: None, objections: None }
    }

    /// Adds a line, and the row that it carries.
    #[must_use]
    pub fn and(mut self, line: NewLine, record: Option<Record>) -> Self {
        self.entries.push((line, record));
        self
    }

    /// Makes a repeat of the job give `request.answer` and write nothing.
    #[must_use]
    pub fn once(mut self, request: Request) -> Self {
        self.request = Some(request);
        self
    }

    /// Makes the job depend on consents that were read before.
    #[must_use]
    pub fn under(mut self, under: Under) -> Self {
        self.under = Some(under);
        self
    }

    /// Makes the job depend on the objections of `subject` that were read before: it is refused with
    /// [`Error::ObjectionsChanged`] when one was opened or moved, at any server, before the job is stored.
    ///
    /// - `version`: the largest [`crate::Step::line`] among them; 0 where there is none.
    #[must_use]
    pub fn with_objections(mut self, subject: &str, version: i64) -> Self {
        self.objections = Some((subject.to_owned(), version));
        self
    }

    /// Number of audit lines.
    pub fn lines(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn rating(&self) -> Option<&NewRating> {
        self.entries.iter().find_map(|(_, record)| match record {
            Some(Record::Rating(rating)) => Some(&**rating),
            _ => None,
        })
    }

    /// Bytes that the job takes in a group, about.
    pub(crate) fn size(&self) -> usize {
        let record = |r: &Option<Record>| match r {
            Some(Record::Rating(r)) => 512 + r.answer.len() + r.inputs.len(),
            Some(Record::Objection(o)) => 512 + o.text.len(),
            Some(Record::ObjectionMove(m)) => 512 + m.text.len(),
            Some(_) => 1024,
            None => 0,
        };
        let entries: usize = self.entries.iter().map(|(line, r)| line.size() + record(r)).sum();
        entries + self.request.as_ref().map_or(0, |r| 128 + r.answer.len())
    }

    /// What can be refused without asking the database.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let refused = |why| Err(Error::Invalid { why });
        let ratings = self.entries.iter().filter(|(_, r)| matches!(r, Some(Record::Rating(_)))).count();
        if ratings > 1 {
            return refused("more than one rating in a job");
        }
        if ratings == 1 && self.request.is_some() {
            return refused("a rating carries its own request id");
        }
        for (line, record) in &self.entries {
            match record {
                // Lines that carry a rating are found by the rating's subject.
                Some(Record::Rating(r)) if line.subject.as_ref().is_some_and(|s| *s != r.subject) => {
                    return refused("a rating and its audit line are about different subjects");
                }
                Some(Record::Consent(c)) if c.categories.iter().any(|s| s.is_empty() || s.contains('\n')) => {
                    return refused("a category is empty or holds a line break");
                }
                Some(Record::Consent(c)) if c.subject.contains('\n') => return refused("subject holds a line break"),
                _ => {}
            }
        }
        Ok(())
    }
}
