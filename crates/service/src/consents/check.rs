//! A grant whose fields were looked at: all that is wrong is said at once.

use crate::desk::check::Violations;
use crate::identity::{Caller, Role};
use api::rating::v1::{ConsentScope, GrantConsentRequest, Purpose, Signatory, SignedText};
use chrono::{Months, NaiveDate};
use features::schema::{Holder, Source, sources};
use tonic::Status;

const CATEGORIES_MAX: usize = 64;
/// Five years.
const MONTHS_MAX: u32 = 60;

/// A grant, checked.
#[derive(Debug)]
pub(crate) struct Granted {
    pub(crate) bank: String,
    pub(crate) signatory: Signatory,
    pub(crate) purpose: Purpose,
    pub(crate) scope: ConsentScope,
    /// In alphabetical order.
    pub(crate) categories: Vec<String>,
    pub(crate) from: NaiveDate,
    pub(crate) until: NaiveDate,
    pub(crate) text: SignedText,
}

impl Granted {
    /// # Errors
    /// INVALID_ARGUMENT that names every field.
    pub(crate) fn of(caller: &Caller, request: &GrantConsentRequest) -> Result<Self, Status> {
        let mut v = Violations::default();
        v.uuid("request_id", &request.request_id);
        v.text("enterprise_id", &request.enterprise_id, 1, 64);
        let bank = bank(&mut v, caller, &request.recipient_bank_id);
        let signatory = request.signatory.clone().unwrap_or_default();
        v.text("signatory.name", &signatory.name, 1, 64);
        v.text("signatory.capacity", &signatory.capacity, 1, 64);
        let purpose = v.purpose(request.purpose);
        let scope = ConsentScope::try_from(request.scope).unwrap_or_default();
        if scope == ConsentScope::Unspecified {
            v.add("scope", "must be one of ConsentScope, not unspecified");
        }
        let categories = categories(&mut v, scope, &request.data_categories);
        let from = v.day("valid_from", request.valid_from.as_ref());
        let until = v.day("valid_until", request.valid_until.as_ref());
        if let (Some(from), Some(until)) = (from, until)
            && (until < from || until > from + Months::new(MONTHS_MAX))
        {
            v.add("valid_until", "must be on or after valid_from and at most five years later");
        }
        let text = request.signed_text.clone().unwrap_or_default();
        if !is_digest(&text.digest) {
            v.add("signed_text.digest", "must be sha256: and 64 lower-case hexadecimal digits");
        }
        v.text("signed_text.location", &text.location, 1, 512);
        v.end()?;
        let (from, until) = (from.unwrap_or_default(), until.unwrap_or_default());
        Ok(Self { bank, signatory, purpose, scope, categories, from, until, text })
    }

    /// # Errors
    /// INVALID_ARGUMENT where the last day is over.
    pub(crate) fn check_day(&self, today: NaiveDate) -> Result<(), Status> {
        let mut v = Violations::default();
        if self.until < today {
            v.add("valid_until", format!("must not be over: today is {today}"));
        }
        v.end()
    }
}

/// The bank that may read: never what a bank itself says.
fn bank(v: &mut Violations, caller: &Caller, named: &str) -> String {
    if caller.role() == Role::Bank {
        if !named.is_empty() {
            v.add("recipient_bank_id", "must be empty: a bank hands in consents for itself alone");
        }
        return caller.tenant().to_owned();
    }
    let is_id = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if !(1..=32).contains(&named.len()) || !named.bytes().all(is_id) {
        v.add("recipient_bank_id", "must be the id of a bank: 1 to 32 of a-z, 0-9 and -");
    }
    named.to_owned()
}

fn categories(v: &mut Violations, scope: ConsentScope, named: &[String]) -> Vec<String> {
    if named.is_empty() || CATEGORIES_MAX < named.len() {
        v.add("data_categories", format!("must be 1 to {CATEGORIES_MAX}"));
        return Vec::new();
    }
    for (at, id) in named.iter().enumerate() {
        let field = format!("data_categories[{at}]");
        match sources().iter().find(|s| s.id == *id) {
            None => v.add(field, "must be the id of a source"),
            Some(_) if named[..at].contains(id) => v.add(field, "must stand once"),
            Some(source) if scope != ConsentScope::Unspecified && !belongs(source, scope) => {
                v.add(field, format!("must belong to the scope: {id} is {}", kind(source)));
            }
            Some(_) => {}
        }
    }
    let mut out = named.to_vec();
    out.sort_unstable();
    out
}

/// What banks hold is lending data. A public source needs no consent; to name one among records of the enterprise does no
/// harm.
fn belongs(source: &Source, scope: ConsentScope) -> bool {
    match scope {
        ConsentScope::PersonalItems => source.personal,
        ConsentScope::LendingData => !source.personal && source.holder == Holder::Bank,
        ConsentScope::EnterpriseData => !source.personal && source.holder != Holder::Bank,
        ConsentScope::Unspecified => false,
    }
}

fn kind(source: &Source) -> &'static str {
    match (source.personal, source.holder, source.public) {
        (true, ..) => "of persons",
        (_, Holder::Bank, _) => "lending data",
        (_, _, true) => "public and needs no consent",
        (_, _, false) => "of the enterprise",
    }
}

/// `sha256:` and 64 lower-case hexadecimal digits.
pub(crate) fn is_digest(text: &str) -> bool {
    let hex = text.strip_prefix("sha256:").unwrap_or_default();
    hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_belongs_to_one_scope() {
        let scopes = [ConsentScope::EnterpriseData, ConsentScope::LendingData, ConsentScope::PersonalItems];
        for source in sources() {
            assert_eq!(scopes.iter().filter(|s| belongs(source, **s)).count(), 1, "{}", source.id);
        }
        let lending: Vec<&str> =
            sources().iter().filter(|s| belongs(s, ConsentScope::LendingData)).map(|s| s.id.as_str()).collect();
        assert_eq!(lending, ["bank_flows", "credit_queries", "loans"]);
    }
}
