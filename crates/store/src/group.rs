//! One group of jobs in one transaction.
//!
//! What all jobs of a group need is asked at once, each job is then judged by itself, and what they add goes in by few
//! wide statements: a statement costs about the same for one row and for sixty. A job that is refused leaves nothing
//! behind; an error of the database ends the transaction, and the writer decides what follows.

use crate::audit::{Carried, NewLine};
use crate::engine::{Conn, Row, Value, ask, in_list};
use crate::keys::{Keys, Mac};
use crate::known::Known;
use crate::ratings::{self, NewRating, Rating};
use crate::seal::SecretKey;
use crate::staff::SignInFailure;
use crate::table::{
    ACTIVATIONS, AUDIT, CONSENT_ENDS, CONSENTS, DECISION_REASONS, DECISIONS, DRAFT_ENDS, DRAFTS, Hasher, Inserts,
    OBJECTIONS, RATINGS, RECEIPTS, REQUESTS, SESSION_ENDS, SESSIONS, SIGN_IN_FAILURES, STAFF, SUBJECT_KEYS, Table,
    about,
};
use crate::write::{Record, Write, Written};
use crate::{Error, Kept, UnixMicros};
use std::collections::HashMap;
use std::sync::Arc;

/// The data key of a subject, opened.
pub(crate) struct SubjectKey {
    pub(crate) key_no: i64,
    pub(crate) mac: Mac,
    pub(crate) secret: SecretKey,
}

/// What a wrapped key is about: it opens in its own row only.
fn about_key(key_no: i64, mac: &[u8]) -> Vec<u8> {
    about("subject key", &[&key_no.to_be_bytes(), mac])
}

impl SubjectKey {
    /// The secret of a row that holds `key_no, subject_mac, kek_id, wrapped, destroyed_at` from column `first` on.
    pub(crate) fn read(keys: &Keys, row: &Row, first: usize) -> Result<Kept<SecretKey>, Error> {
        if let Some(on) = row.get(first + 4)? {
            return Ok(Kept::Deleted { on });
        }
        let (kek_id, wrapped): (String, Vec<u8>) = (row.get(first + 2)?, row.get(first + 3)?);
        let about = about_key(row.get(first)?, &row.digest(first + 1)?);
        Ok(Kept::Here(keys.unwrap_data_key(&kek_id, &wrapped, &about)?))
    }

    /// The plain bytes of column `sealed`, which are about `place`, under the key from column `first` on.
    ///
    /// # Errors
    /// `damaged` where they do not open there.
    pub(crate) fn open(
        keys: &Keys,
        row: &Row,
        (first, sealed): (usize, usize),
        place: &[u8],
        damaged: impl Fn() -> Error,
    ) -> Result<Kept<Vec<u8>>, Error> {
        let key = Self::read(keys, row, first)?;
        key.try_map(|key| key.open(&row.get::<Vec<u8>>(sealed)?, place).ok_or_else(damaged))
    }

    /// As [`Self::open`], of a text.
    pub(crate) fn open_text(
        keys: &Keys,
        row: &Row,
        columns: (usize, usize),
        place: &[u8],
        damaged: impl Fn() -> Error,
    ) -> Result<Kept<String>, Error> {
        let plain = Self::open(keys, row, columns, place, &damaged)?;
        plain.try_map(|plain| String::from_utf8(plain).map_err(|_| damaged()))
    }
}

/// A request that has been answered.
enum Answered {
    Rating(Box<Rating>),
    /// By a job of the group, with its first line.
    Here(usize, i64),
    Other {
        body_sha256: [u8; 32],
        answer: Vec<u8>,
    },
}

/// Where the end of the audit chain stands: `id, seq, hash`.
pub(crate) const CHAIN: &str = "chain";

type Id = (String, String);

/// State of a group between `BEGIN` and `COMMIT`.
pub(crate) struct Group<'a> {
    conn: &'a mut Conn,
    keys: &'a Keys,
    inserts: &'a mut Inserts,
    known: &'a mut Known,
    /// Last line so far, and its hash.
    seq: i64,
    hash: [u8; 32],
    /// Last line before the group.
    first: i64,
    /// Ratings by (request, tenant), stored before or by an earlier job of the group; likewise the other requests.
    ratings: HashMap<Id, Answered>,
    requests: HashMap<Id, Answered>,
    /// Pseudonym and key of the subject of a consent that a job of the group ends.
    of_consent: HashMap<String, (Mac, Kept<SecretKey>)>,
    /// Rows to add at the end, to an engine that likes many at once; all others are added one by one.
    new_lines: Vec<Vec<Value<'static>>>,
    new_ratings: Vec<Vec<Value<'static>>>,
    new_keys: Vec<Vec<Value<'static>>>,
}

impl<'a> Group<'a> {
    /// A group in a transaction that has begun, after the line `seq` with its hash.
    pub(crate) fn new(
        conn: &'a mut Conn,
        keys: &'a Keys,
        (inserts, known): (&'a mut Inserts, &'a mut Known),
        (seq, hash): (i64, [u8; 32]),
    ) -> Self {
        known.begin(seq, hash);
        Self {
            conn,
            keys,
            inserts,
            known,
            seq,
            hash,
            first: seq,
            ratings: HashMap::new(),
            requests: HashMap::new(),
            of_consent: HashMap::new(),
            new_lines: Vec::new(),
            new_ratings: Vec::new(),
            new_keys: Vec::new(),
        }
    }

    /// Judges each job and adds what is accepted. An error of the database fails all.
    pub(crate) async fn run(&mut self, jobs: &[&Write]) -> Result<Vec<Result<Written, Error>>, Error> {
        self.look_up(jobs).await?;
        let mut out = Vec::with_capacity(jobs.len());
        for (at, job) in jobs.iter().enumerate() {
            out.push(match self.judge(job, jobs).await {
                Ok(Some(repeated)) => Ok(repeated),
                // Rows of the job may be in already: from here on no error is the job's alone.
                Ok(None) => Ok(Written::New { line: self.add(at, job).await? }),
                Err(e) if refuses_one_job(&e) => Err(e),
                Err(e) => return Err(e),
            });
        }
        Ok(out)
    }

    /// Adds the waiting rows, moves the end of the chain and commits.
    pub(crate) async fn commit(mut self) -> Result<(), Error> {
        if self.seq == self.first {
            self.conn.commit().await?;
            self.known.committed(self.seq, self.hash);
            return Ok(());
        }
        self.add_ratings().await?;
        self.inserts.add(self.conn, &AUDIT, std::mem::take(&mut self.new_lines)).await?;
        let head = vec![self.seq.into(), self.hash.into()];
        self.conn.execute("UPDATE chain SET seq = $1, hash = $2 WHERE id = 1", head).await?;
        self.conn.commit().await?;
        self.known.committed(self.seq, self.hash);
        Ok(())
    }

    pub(crate) fn conn(&mut self) -> &mut Conn {
        self.conn
    }

    pub(crate) fn keys(&self) -> &'a Keys {
        self.keys
    }

    /// Number of the line that comes next.
    pub(crate) fn next(&self) -> i64 {
        self.seq + 1
    }

    async fn add_keys(&mut self) -> Result<(), Error> {
        self.inserts.add(self.conn, &SUBJECT_KEYS, std::mem::take(&mut self.new_keys)).await
    }

    async fn add_ratings(&mut self) -> Result<(), Error> {
        self.add_keys().await?;
        self.inserts.add(self.conn, &RATINGS, std::mem::take(&mut self.new_ratings)).await
    }

    /// What ratings of the group need to know, in one question each.
    async fn look_up(&mut self, jobs: &[&Write]) -> Result<(), Error> {
        let ratings: Vec<&NewRating> = jobs.iter().filter_map(|job| job.rating()).collect();
        let ids: Vec<&str> = ratings.iter().map(|r| r.request_id.as_str()).collect();
        let sql = ratings::select("sealed_answer") + "WHERE {in}";
        for row in ask(&mut *self.conn, &sql, "r.request_id", ids).await? {
            let rating = ratings::read(self.keys, &row)?;
            self.ratings.insert((rating.request_id.clone(), rating.tenant.clone()), Answered::Rating(Box::new(rating)));
        }
        let ids: Vec<&str> = jobs.iter().filter_map(|j| j.request.as_ref()).map(|r| r.request_id.as_str()).collect();
        for row in ask(
            &mut *self.conn,
            "SELECT request_id, tenant, body_sha256, answer FROM requests WHERE {in}",
            "request_id",
            ids,
        )
        .await?
        {
            let answered = Answered::Other { body_sha256: row.digest(2)?, answer: row.get(3)? };
            self.requests.insert((row.get(0)?, row.get(1)?), answered);
        }
        self.look_up_keys(jobs).await?;
        self.look_up_consents(jobs).await?;
        self.look_up_objections(jobs).await
    }

    async fn look_up_keys(&mut self, jobs: &[&Write]) -> Result<(), Error> {
        let records = jobs.iter().flat_map(|job| &job.entries).filter_map(|(_, record)| record.as_ref());
        let subjects = records.filter_map(|record| match record {
            Record::Rating(r) => Some(&r.subject),
            Record::Consent(c) => Some(&c.subject),
            Record::Decision(d) => Some(&d.subject),
            Record::Objection(o) => Some(&o.subject),
            Record::ObjectionMove(m) => Some(&m.subject),
            _ => None,
        });
        let mut of_mac: HashMap<Mac, &String> = HashMap::new();
        for subject in subjects {
            if !self.known.keys.contains_key(subject) {
                of_mac.extend(self.known.macs(self.keys, subject).iter().map(|mac| (*mac, subject)));
            }
        }
        let macs: Vec<Mac> = of_mac.keys().copied().collect();
        let sql = "SELECT key_no, subject_mac, kek_id, wrapped, destroyed_at FROM subject_keys \
                   WHERE {in} AND destroyed_at IS NULL";
        for row in ask(&mut *self.conn, sql, "subject_mac", macs).await? {
            let mac = row.digest(1)?;
            if let (Some(subject), Kept::Here(secret)) = (of_mac.get(&mac), SubjectKey::read(self.keys, &row, 0)?) {
                let key = SubjectKey { key_no: row.get(0)?, mac, secret };
                self.known.keys.insert((*subject).clone(), Arc::new(key));
            }
        }
        Ok(())
    }

    async fn look_up_consents(&mut self, jobs: &[&Write]) -> Result<(), Error> {
        let asking = jobs.iter().filter_map(|job| job.under.as_ref());
        let mut macs = Vec::new();
        for under in asking {
            let of_subject = self.known.macs(self.keys, &under.subject);
            macs.extend(of_subject.iter().filter(|mac| self.known.with_consents.insert(**mac)).copied());
        }
        let sql = "SELECT c.tenant, k.subject_mac, c.line, e.line FROM subject_keys k \
                   JOIN consents c ON c.key_no = k.key_no LEFT JOIN consent_ends e ON e.consent_id = c.consent_id \
                   WHERE {in}";
        for row in ask(&mut *self.conn, sql, "k.subject_mac", macs).await? {
            let (granted, ended): (i64, Option<i64>) = (row.get(2)?, row.get(3)?);
            self.known.consent(row.digest(1)?, &row.get::<String>(0)?, granted.max(ended.unwrap_or(0)));
        }
        Ok(())
    }

    async fn look_up_objections(&mut self, jobs: &[&Write]) -> Result<(), Error> {
        let asking = jobs.iter().filter_map(|job| job.objections.as_ref());
        let mut macs = Vec::new();
        for (subject, _) in asking {
            let of_subject = self.known.macs(self.keys, subject);
            macs.extend(of_subject.iter().filter(|mac| self.known.with_objections.insert(**mac)).copied());
        }
        let sql = "SELECT k.subject_mac, o.line FROM subject_keys k JOIN objection_events o ON o.key_no = k.key_no \
                   WHERE {in}";
        for row in ask(&mut *self.conn, sql, "k.subject_mac", macs).await? {
            self.known.objection(row.digest(0)?, row.get(1)?);
        }
        Ok(())
    }

    /// Whether the job may be added, or the answer that it had before.
    async fn judge(&mut self, job: &Write, jobs: &[&Write]) -> Result<Option<Written>, Error> {
        if let Some(repeated) = self.repeated(job, jobs)? {
            return Ok(Some(repeated));
        }
        if let Some(under) = &job.under {
            let macs = self.known.macs(self.keys, &under.subject);
            let (read, found) = (under.version, self.known.consents_version(&macs, &under.tenant));
            if read != found {
                return Err(Error::ConsentsChanged { read, found });
            }
        }
        if let Some((subject, read)) = &job.objections {
            let macs = self.known.macs(self.keys, subject);
            let found = macs.iter().filter_map(|mac| self.known.objections.get(mac)).copied().max().unwrap_or(0);
            if *read != found {
                return Err(Error::ObjectionsChanged { read: *read, found });
            }
        }
        for (_, record) in &job.entries {
            if let Some(record) = record {
                self.check(record).await?;
            }
        }
        Ok(None)
    }

    /// Adds a judged job, the one at that place of its group; gives the number of its first line.
    async fn add(&mut self, at: usize, job: &Write) -> Result<i64, Error> {
        let first = self.seq + 1;
        for (line, record) in &job.entries {
            let seq = self.seq + 1;
            let mut rows = Vec::new();
            if let Some(record) = record {
                rows.push(self.row(record, seq, line.at)?);
                if let Record::Rating(r) = record {
                    self.ratings.insert((r.request_id.clone(), r.tenant.clone()), Answered::Here(at, seq));
                }
                if let Record::Decision(d) = record
                    && let Some(reason) = &d.override_reason
                {
                    let key = self.key(&d.subject, seq, line.at)?;
                    rows.push((&DECISION_REASONS, d.reason_row(reason, seq, &key)?));
                }
            }
            if let Some(request) = job.request.as_ref().filter(|_| seq == first) {
                rows.push((&REQUESTS, request.row(seq)));
                let answered = Answered::Other { body_sha256: request.body_sha256, answer: request.answer.clone() };
                self.requests.insert((request.request_id.clone(), request.tenant.clone()), answered);
            }
            self.line(line, rows).await?;
        }
        Ok(first)
    }

    /// Appends a line and the rows that it carries.
    pub(crate) async fn line(
        &mut self,
        line: &NewLine,
        rows: Vec<(&'static Table, Vec<Value<'_>>)>,
    ) -> Result<i64, Error> {
        let carried = carried(&rows);
        if self.conn.adds_at_once() {
            self.add_keys().await?;
        }
        for (table, row) in rows {
            self.add_row(table, row).await?;
        }
        self.seq += 1;
        let (row, hash) = line.row(self.keys, self.seq, carried, &self.hash);
        self.hash = hash;
        self.add_row(&AUDIT, row).await?;
        Ok(self.seq)
    }

    async fn add_row(&mut self, table: &'static Table, row: Vec<Value<'_>>) -> Result<(), Error> {
        let waiting = match table.name {
            _ if self.conn.adds_at_once() => return self.inserts.add(self.conn, table, vec![row]).await,
            "ratings" => &mut self.new_ratings,
            "audit" => &mut self.new_lines,
            _ => return self.inserts.add(self.conn, table, vec![row]).await,
        };
        waiting.push(row.into_iter().map(Value::into_owned).collect());
        Ok(())
    }

    /// The earlier answer to the same request, or a conflict when the body is another.
    fn repeated(&self, job: &Write, jobs: &[&Write]) -> Result<Option<Written>, Error> {
        let (stored, body_sha256, id) = match (job.rating(), &job.request) {
            (Some(r), _) => (self.ratings.get(&(r.request_id.clone(), r.tenant.clone())), r.body_sha256, &r.request_id),
            (None, Some(r)) => {
                (self.requests.get(&(r.request_id.clone(), r.tenant.clone())), r.body_sha256, &r.request_id)
            }
            (None, None) => return Ok(None),
        };
        let Some(stored) = stored else { return Ok(None) };
        let (same, written) = match stored {
            Answered::Rating(r) => (r.body_sha256 == body_sha256, Written::RepeatedRating(r.clone())),
            Answered::Here(at, line) => {
                let first = jobs.get(*at).and_then(|job| job.rating()).ok_or(Error::Closed)?;
                (first.body_sha256 == body_sha256, Written::RepeatedRating(Box::new(first.stored(*line))))
            }
            Answered::Other { body_sha256: b, answer } => {
                (*b == body_sha256, Written::Repeated { answer: answer.clone() })
            }
        };
        match same {
            true => Ok(Some(written)),
            false => Err(Error::Conflict { what: "request", id: id.clone() }),
        }
    }

    /// What must hold before a record is added. Looks at rows of earlier jobs, also of this group.
    async fn check(&mut self, record: &Record) -> Result<(), Error> {
        match record {
            Record::Consent(c) => {
                let sql = "SELECT 1 FROM consents WHERE consent_id = $1";
                self.absent(sql, vec![c.consent_id.as_str().into()], "consent", &c.consent_id).await
            }
            Record::Revocation(r) => {
                let values: Vec<Value<'_>> = vec![r.consent_id.as_str().into(), r.tenant.as_str().into()];
                let sql = "SELECT k.key_no, k.subject_mac, k.kek_id, k.wrapped, k.destroyed_at \
                           FROM consents c JOIN subject_keys k ON k.key_no = c.key_no \
                           WHERE c.consent_id = $1 AND c.tenant = $2";
                self.add_keys().await?;
                let consent = self.present(sql, values.clone(), "consent", &r.consent_id).await?;
                let of = (consent.digest(1)?, SubjectKey::read(self.keys, &consent, 0)?);
                self.of_consent.insert(r.consent_id.clone(), of);
                let sql = "SELECT 1 FROM consent_ends WHERE consent_id = $1 AND tenant = $2";
                self.absent(sql, values, "revocation of consent", &r.consent_id).await
            }
            Record::Decision(d) => self.rating_of(&d.rating_id, Some(&d.tenant)).await,
            Record::Receipt(r) => self.rating_of(&r.rating_id, None).await,
            Record::Objection(o) => {
                if let Some(rating_id) = &o.rating_id {
                    self.rating_of(rating_id, None).await?;
                }
                let sql = "SELECT 1 FROM objection_events WHERE objection_id = $1";
                self.absent(sql, vec![o.objection_id.as_str().into()], "objection", &o.objection_id).await
            }
            Record::ObjectionMove(m) => {
                let mut values = vec![m.objection_id.as_str().into()];
                let macs = in_list("k.subject_mac", &mut values, self.keys.pseudonyms(&m.subject));
                let sql = format!(
                    "SELECT 1 FROM objection_events o JOIN subject_keys k ON k.key_no = o.key_no \
                     WHERE o.objection_id = $1 AND o.event = 'opened' AND {macs}"
                );
                self.present(&sql, values, "objection", &m.objection_id).await?;
                if m.outcome.is_none() {
                    return Ok(());
                }
                let sql = "SELECT 1 FROM objection_events WHERE objection_id = $1 AND outcome IS NOT NULL";
                self.absent(sql, vec![m.objection_id.as_str().into()], "outcome of objection", &m.objection_id).await
            }
            Record::SessionEnd(e) => {
                let values: Vec<Value<'_>> = vec![(&e.token_sha256).into()];
                let sql = "SELECT 1 FROM sessions WHERE token_sha256 = $1";
                self.present(sql, values.clone(), "session", "of a token").await?;
                let sql = "SELECT 1 FROM session_ends WHERE token_sha256 = $1";
                self.absent(sql, values, "end of session", "of a token").await
            }
            Record::Draft(d) => {
                let sql = "SELECT 1 FROM drafts WHERE draft_id = $1";
                self.absent(sql, vec![d.draft_id.as_str().into()], "draft", &d.draft_id).await
            }
            Record::DraftEnd(e) => {
                let values: Vec<Value<'_>> = vec![e.draft_id.as_str().into()];
                let sql = "SELECT 1 FROM drafts WHERE draft_id = $1";
                self.present(sql, values.clone(), "draft", &e.draft_id).await?;
                let sql = "SELECT 1 FROM draft_ends WHERE draft_id = $1";
                self.absent(sql, values, "end of draft", &e.draft_id).await
            }
            Record::Rating(_) | Record::Activation(_) => Ok(()),
            Record::Staff(_) | Record::Session(_) | Record::SignInFailure(_) => Ok(()),
        }
    }

    async fn rating_of(&mut self, rating_id: &str, tenant: Option<&str>) -> Result<(), Error> {
        self.add_ratings().await?;
        let mut values = vec![rating_id.into()];
        let mut sql = "SELECT 1 FROM ratings WHERE rating_id = $1".to_owned();
        if let Some(tenant) = tenant {
            values.push(tenant.into());
            sql.push_str(" AND tenant = $2");
        }
        self.present(&sql, values, "rating", rating_id).await.map(drop)
    }

    async fn present(&mut self, sql: &str, values: Vec<Value<'_>>, what: &'static str, id: &str) -> Result<Row, Error> {
        self.conn.rows(sql, values).await?.pop().ok_or_else(|| Error::NotFound { what, id: id.to_owned() })
    }

    async fn absent(&mut self, sql: &str, values: Vec<Value<'_>>, what: &'static str, id: &str) -> Result<(), Error> {
        match self.conn.rows(sql, values).await?.is_empty() {
            true => Ok(()),
            false => Err(Error::Conflict { what, id: id.to_owned() }),
        }
    }

    /// The row of a checked record.
    fn row<'r>(
        &mut self,
        record: &'r Record,
        seq: i64,
        at: UnixMicros,
    ) -> Result<(&'static Table, Vec<Value<'r>>), Error> {
        Ok(match record {
            Record::Rating(r) => {
                let key = self.key(&r.subject, seq, at)?;
                (&RATINGS, r.row(seq, &key)?)
            }
            Record::Consent(c) => {
                let key = self.key(&c.subject, seq, at)?;
                self.known.consent(key.mac, &c.tenant, seq);
                (&CONSENTS, c.row(seq, &key)?)
            }
            Record::Revocation(r) => {
                let missing = || Error::NotFound { what: "consent", id: r.consent_id.clone() };
                let (mac, key) = self.of_consent.remove(&r.consent_id).ok_or_else(missing)?;
                self.known.consent(mac, &r.tenant, seq);
                (&CONSENT_ENDS, r.row(seq, &key)?)
            }
            Record::Decision(d) => (&DECISIONS, d.row(seq)),
            Record::Objection(o) => {
                let key = self.key(&o.subject, seq, at)?;
                self.known.objection(key.mac, seq);
                (&OBJECTIONS, o.row(seq, &key)?)
            }
            Record::ObjectionMove(m) => {
                let key = self.key(&m.subject, seq, at)?;
                self.known.objection(key.mac, seq);
                (&OBJECTIONS, m.row(seq, &key)?)
            }
            Record::Activation(a) => (&ACTIVATIONS, a.row(seq)),
            Record::Receipt(r) => (&RECEIPTS, r.row(seq, self.keys)),
            Record::Staff(s) => (&STAFF, s.row(seq)),
            Record::Session(s) => (&SESSIONS, s.row(seq)),
            Record::SessionEnd(e) => (&SESSION_ENDS, e.row(seq)),
            Record::Draft(d) => (&DRAFTS, d.row(seq)),
            Record::DraftEnd(e) => (&DRAFT_ENDS, e.row(seq)),
            Record::SignInFailure(f) => (&SIGN_IN_FAILURES, f.row(seq, self.keys.mark(&SignInFailure::about(&f.name)))),
        })
    }

    /// The subject's key; a new one, numbered by the line that needs it first, when there is none or it was destroyed.
    fn key(&mut self, subject: &str, seq: i64, at: UnixMicros) -> Result<Arc<SubjectKey>, Error> {
        if let Some(key) = self.known.keys.get(subject) {
            return Ok(key.clone());
        }
        let (mac_key, mac) = self.keys.pseudonym(subject);
        let (secret, kek_id, wrapped) = self.keys.new_data_key(&about_key(seq, &mac))?;
        self.new_keys.push(vec![
            seq.into(),
            mac.into(),
            mac_key.to_owned().into(),
            kek_id.to_owned().into(),
            wrapped.into(),
            at.into(),
            Value::Int(None),
        ]);
        let key = Arc::new(SubjectKey { key_no: seq, mac, secret });
        self.known.keys.insert(subject.to_owned(), key.clone());
        Ok(key)
    }
}

/// The job is refused by what it asks; the database and the other jobs are well.
fn refuses_one_job(e: &Error) -> bool {
    let changed = matches!(e, Error::ConsentsChanged { .. } | Error::ObjectionsChanged { .. });
    changed || matches!(e, Error::Conflict { .. } | Error::NotFound { .. } | Error::Invalid { .. })
}

/// Kind and digest of the rows of one line.
pub(crate) fn carried(rows: &[(&'static Table, Vec<Value<'_>>)]) -> Option<Carried> {
    if rows.is_empty() {
        return None;
    }
    let mut hasher = Hasher::new();
    rows.iter().for_each(|(table, row)| hasher.row(table, row));
    let kind: Vec<&str> = rows.iter().map(|(table, _)| table.name).collect();
    Some(Carried { kind: kind.join("+"), sha256: hasher.end() })
}
