//! What a caller may see: a bank and a guarantor their own, staff of a district what belongs to it, bureau and auditor all.

use super::LedgerDesk;
use crate::desk::check::Violations;
use crate::desk::listed::{self, Listed};
use crate::desk::refuse;
use crate::identity::{Caller, Role};
use crate::refusal;
use ::ledger::record::Loan;
use ::ledger::{IdError, Key, LoanRef, Record, Thing};
use policy::Code as _;
use primitives::RegionCode;
use std::fmt::Display;
use std::str::FromStr;
use tonic::Status;

/// Records that are looked at for one page, where most are another's: the page ends there, and its token goes on.
const LOOKED_AT_MAX: usize = 8_192;
const CHUNK: usize = 1_024;

/// Who owns what is listed, and the field that names one of them.
pub(super) type Owners = (Role, &'static str);
pub(super) const BANKS: Owners = (Role::Bank, "bank_id");
pub(super) const GUARANTORS: Owners = (Role::Guarantor, "guarantor_id");

/// A list as it is asked for.
pub(super) struct Asked<'r> {
    pub(super) method: &'static str,
    /// What the texts of its keys begin with.
    pub(super) prefix: String,
    /// The field that chooses what is listed.
    pub(super) of: &'r str,
    pub(super) size: usize,
    pub(super) token: &'r str,
}

/// The fields of a list: the owner, size and token of the page.
pub(super) type Fields<'r> = (&'r str, i32, &'r str);

/// The beginning of the keys of a kind, of one owner or of all: `first` is what the text of a key has before the owner.
pub(super) fn prefix(first: &str, owner: Option<&str>) -> String {
    // Ids have no character that JSON would write otherwise.
    owner.map_or_else(|| first.to_owned(), |owner| format!("{first}\"{owner}\","))
}

impl LedgerDesk {
    /// A record that is there for the caller.
    ///
    /// # Errors
    /// NOT_FOUND, the same where there is none and where it is not the caller's.
    pub(super) async fn seen(&self, caller: &Caller, key: &Key, what: Thing) -> Result<Record, Status> {
        if let Some(record) = self.record(key).await?
            && self.sees(caller, key, &record).await?
        {
            return Ok(record);
        }
        Err(refuse::not_found(what.name_en()))
    }

    /// The record under a key.
    pub(super) async fn record(&self, key: &Key) -> Result<Option<Record>, Status> {
        self.books().record(key).await.map_err(|e| refuse::store(&e))
    }

    /// The terms of a loan.
    pub(super) async fn loan_terms(&self, at: LoanRef) -> Result<Option<Loan>, Status> {
        match self.record(&Key::Loan(at)).await? {
            Some(Record::Loan(loan)) => Ok(Some(*loan)),
            Some(_) => Err(damaged()),
            None => Ok(None),
        }
    }

    /// Whether a record that is of nobody else's is the caller's; keys of banks and guarantors are chosen before.
    async fn sees(&self, caller: &Caller, key: &Key, record: &Record) -> Result<bool, Status> {
        if caller.role() != Role::District {
            return Ok(true);
        }
        let of = match record {
            Record::Loan(loan) => Some(district_of(loan)),
            Record::Bridge(r) => Some(r.district),
            Record::Guarantee(r) => Some(r.district),
            Record::Subsidy(r) => Some(r.district),
            Record::Benefit(r) => Some(r.district),
            Record::Reported(r) => Some(r.figure.district),
            Record::Claim(r) => match key {
                Key::Claim(bank, _) => {
                    let loan = self.loan_terms(LoanRef { bank: *bank, loan: r.loan }).await?;
                    loan.as_ref().map(district_of)
                }
                _ => None,
            },
            _ => None,
        };
        Ok(of.is_some() && of == caller.district())
    }

    /// A page of what owners have, of one of them or of all that the caller may see.
    ///
    /// - `first`: what the text of a key has before its owner.
    pub(super) async fn page_of<T: FromStr<Err = IdError> + Display>(
        &self,
        caller: &Caller,
        (role, field): Owners,
        method: &'static str,
        first: &str,
        (of, page_size, token): Fields<'_>,
    ) -> Result<(Vec<(Key, Record)>, String), Status> {
        let mut v = Violations::default();
        let owner: Option<Option<T>> = v.owner_or_all(caller, role, field, of);
        let size = v.page_size(page_size);
        v.end()?;
        let owner = owner.flatten().map(|id| id.to_string());
        let prefix = prefix(first, owner.as_deref());
        self.page(caller, Asked { method, prefix, of, size, token }).await
    }

    /// A page of what the caller may see, in the order of the keys, and the token of the next one.
    pub(super) async fn page(&self, caller: &Caller, asked: Asked<'_>) -> Result<(Vec<(Key, Record)>, String), Status> {
        let Asked { method, prefix, of, size, token } = asked;
        let listed = Listed::new(self.desk(), caller, method, &[of]);
        let mut after: Option<Key> = match listed.place(token)? {
            Some(place) => Some(serde_json::from_str(place).map_err(|_| listed::refused())?),
            None => None,
        };
        let (mut out, mut looked_at) = (Vec::new(), 0);
        let chunk = if caller.role() == Role::District { CHUNK } else { size + 1 };
        loop {
            let found = self.books().records(&prefix, after.as_ref(), chunk).await.map_err(|e| refuse::store(&e))?;
            let is_end = found.len() < chunk;
            looked_at += found.len();
            for (key, record) in found {
                if out.len() == size {
                    let token = after.map(|key| listed.token(&key.to_text())).unwrap_or_default();
                    return Ok((out, token));
                }
                after = Some(key);
                if self.sees(caller, &key, &record).await? {
                    out.push((key, record));
                }
            }
            match after {
                _ if is_end => return Ok((out, String::new())),
                Some(key) if looked_at >= LOOKED_AT_MAX => return Ok((out, listed.token(&key.to_text()))),
                _ => {}
            }
        }
    }
}

/// The district that a loan counts in.
pub(super) fn district_of(loan: &Loan) -> RegionCode {
    loan.grant.map_or(loan.profile.district, |grant| grant.district)
}

/// A record is not of the kind that its key says.
pub(super) fn damaged() -> Status {
    tracing::error!("a record of the ledger is not what its key says");
    refusal::internal()
}
