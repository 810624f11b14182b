//! What the ledger comes to: `TotalsService`.

use super::LedgerDesk;
use super::told::read;
use crate::desk::check::Violations;
use crate::desk::refuse;
use crate::identity::{Caller, Role};
use crate::refusal;
use ::ledger::event::UnixMicros;
use ::totals::{Books, Dimension, Error, Figure, Nature, Query, Table, Unit, Value};
use api::ledger::v1;
use api::ledger::v1::totals_service_server::TotalsService;
use api::ledger::v1::totals_value::Value as Said;
use policy::{Code as _, Lang};
use std::sync::Arc;
use std::time::Duration;
use store::{EntryLine, FollowError, Followed, Ledger, NewLine, Takes};
use tonic::{Request, Response, Status};

/// Dimensions of a table: more part it so far that nobody reads it.
const BY_MAX: usize = 4;
const CODES_MAX: usize = 512;
/// Values of an answer: clients take messages of 4 MiB unless they are told otherwise.
const VALUES_MAX: usize = 200_000;
/// How soon lines of another server are found, and a ledger that did not answer is asked again.
const LOOK: Duration = Duration::from_secs(2);

/// The facts of totals as they follow a ledger; whoever asks a question reads these.
///
/// A server has one of them: pages that need more beside the facts keep both together and give these to the handlers.
#[tonic::async_trait]
pub trait TotalsSource: Send + Sync + 'static {
    /// Takes all lines that the ledger has.
    ///
    /// # Errors
    /// [`FollowError`]; lines before are taken.
    async fn catch_up(&self, ledger: &Ledger) -> Result<(), FollowError<Error>>;

    /// Takes lines as they come until the ledger is closed; those of another server are found within `every`.
    ///
    /// # Errors
    /// [`FollowError`].
    async fn follow(&self, ledger: &Ledger, every: Duration) -> Result<(), FollowError<Error>>;

    /// Hands the facts over; they do not change meanwhile. `false` after a fault of ours, for they may be half there.
    fn read(&self, to: &mut dyn FnMut(&Books)) -> bool;
}

#[tonic::async_trait]
impl<T> TotalsSource for Followed<T>
where
    T: Takes<Error = Error> + AsRef<Books> + Send + Sync + 'static,
{
    async fn catch_up(&self, ledger: &Ledger) -> Result<(), FollowError<Error>> {
        Self::catch_up(self, ledger).await
    }

    async fn follow(&self, ledger: &Ledger, every: Duration) -> Result<(), FollowError<Error>> {
        Self::follow(self, ledger, every).await
    }

    fn read(&self, to: &mut dyn FnMut(&Books)) -> bool {
        let Some(made) = Self::read(self) else { return false };
        to((*made).as_ref());
        true
    }
}

/// The facts of totals and nothing beside them.
#[derive(Debug, Clone, Default)]
pub struct Totals(pub Books);

impl AsRef<Books> for Totals {
    fn as_ref(&self) -> &Books {
        &self.0
    }
}

impl Takes for Totals {
    type Error = Error;

    fn seq(&self) -> u64 {
        self.0.seq()
    }

    fn take(&mut self, line: &EntryLine) -> Result<(), Error> {
        self.0.push(line.seq, line.recorded_at, &line.event, &line.postings)
    }

    fn caught_up(&mut self) {
        self.0.settle();
    }
}

/// The figures of a ledger, kept up with it.
#[derive(Clone)]
pub(super) struct Figures(Arc<dyn TotalsSource>);

impl Figures {
    /// Starts to take lines; a question need not wait for those of years then.
    pub(super) fn start(books: Ledger, totals: Arc<dyn TotalsSource>) -> Self {
        let followed = Arc::clone(&totals);
        tokio::spawn(async move {
            loop {
                match followed.follow(&books, LOOK).await {
                    Ok(()) => return,
                    Err(FollowError::Line(e)) => {
                        return tracing::error!(error = %e, "totals take no more lines of the ledger");
                    }
                    Err(FollowError::Ledger(e)) => {
                        tracing::warn!(error = %e, "the ledger can not be read for totals, it is asked again");
                        tokio::time::sleep(LOOK).await;
                    }
                }
            }
        });
        Self(totals)
    }

    async fn table(&self, books: &Ledger, query: &Query) -> Result<Table, Status> {
        self.0.catch_up(books).await.map_err(|e| match e {
            FollowError::Ledger(e) => refuse::store(&e),
            FollowError::Line(_) => refusal::internal(),
        })?;
        let (totals, query) = (Arc::clone(&self.0), query.clone());
        // Figures that have no sums made ahead read facts for a while: calls must not wait for that.
        let made = tokio::task::spawn_blocking(move || {
            let mut table = None;
            totals.read(&mut |books| table = Some(books.table(&query)));
            table.ok_or_else(refusal::internal)?.map_err(|e| refused(&e))
        });
        made.await.map_err(|_| refusal::internal())?
    }
}

/// The field that has to change.
fn refused(error: &Error) -> Status {
    let field = match error {
        Error::Reversed { .. } => "ends_on",
        Error::Dimensions { .. } | Error::TooLarge { .. } => "by",
        Error::NotFiltered { .. } | Error::NoSuchCode { .. } => "filters",
        _ => {
            tracing::error!(%error, "totals");
            return refusal::internal();
        }
    };
    refuse::fields(&[(field, error.to_string())])
}

impl Violations {
    fn dimension(&mut self, field: &str, value: i32) -> Option<Dimension> {
        use v1::TotalsDimension as Wire;
        let found = match Wire::try_from(value) {
            Ok(Wire::District) => Some(Dimension::District),
            Ok(Wire::Bank) => Some(Dimension::Bank),
            Ok(Wire::Industry) => Some(Dimension::Industry),
            Ok(Wire::Size) => Some(Dimension::Size),
            Ok(Wire::Grade) => Some(Dimension::Grade),
            Ok(Wire::Product) => Some(Dimension::Product),
            Ok(Wire::Tool) => Some(Dimension::Tool),
            Ok(Wire::Month) => Some(Dimension::Month),
            Ok(Wire::Quarter) => Some(Dimension::Quarter),
            Ok(Wire::Year) => Some(Dimension::Year),
            Ok(Wire::Zone) => Some(Dimension::Zone),
            Ok(Wire::Unspecified) | Err(_) => None,
        };
        if found.is_none() {
            self.add(field, "must be one of TotalsDimension, not unspecified");
        }
        found
    }

    fn filter(&mut self, at: usize, filter: &v1::TotalsFilter) -> Option<(Dimension, Vec<String>)> {
        let dimension = self.dimension(&format!("filters[{at}].dimension"), filter.dimension);
        if filter.codes.is_empty() || filter.codes.len() > CODES_MAX {
            self.add(format!("filters[{at}].codes"), format_args!("must be 1 to {CODES_MAX}"));
        }
        Some((dimension?, filter.codes.clone()))
    }

    fn figures(&mut self, codes: &[String]) -> Vec<Figure> {
        let mut out = Vec::with_capacity(codes.len().min(Figure::ALL.len()));
        for (at, code) in codes.iter().enumerate() {
            match code.parse::<Figure>() {
                Ok(figure) if !out.contains(&figure) => out.push(figure),
                Ok(_) => self.add(format!("figures[{at}]"), "must stand once"),
                Err(_) => self.add(format!("figures[{at}]"), "must be a code that GetFigures has"),
            }
        }
        out
    }

    fn query(&mut self, request: &v1::GetTotalsRequest) -> Option<Query> {
        if request.by.len() > BY_MAX {
            self.add("by", format_args!("must be at most {BY_MAX}"));
        }
        let by = request.by.iter().enumerate().filter_map(|(at, d)| self.dimension(&format!("by[{at}]"), *d)).collect();
        let filter = request.filters.iter().enumerate().filter_map(|(at, f)| self.filter(at, f)).collect();
        let figures = self.figures(&request.figures);
        let (from, to) =
            (self.day("starts_on", request.starts_on.as_ref()), self.day("ends_on", request.ends_on.as_ref()));
        let recorded_at = request.recorded_at.as_ref().map(|at| UnixMicros(self.instant("recorded_at", Some(at), 0)));
        Some(Query { by, filter, figures, recorded_at, ..Query::new(from?, to?) })
    }
}

/// What the caller may see is a filter of its own beside those that were asked for.
///
/// # Errors
/// INTERNAL for a district's client without its district, which no configuration has.
fn own(caller: &Caller) -> Result<Option<(Dimension, Vec<String>)>, Status> {
    Ok(match caller.role() {
        Role::Bank => Some((Dimension::Bank, vec![caller.tenant().to_owned()])),
        Role::District => {
            let district = caller.district().ok_or_else(refusal::internal)?;
            Some((Dimension::District, vec![district.to_string()]))
        }
        _ => None,
    })
}

impl LedgerDesk {
    async fn totals(
        &self,
        caller: &Caller,
        request: &v1::GetTotalsRequest,
        line: &mut NewLine,
    ) -> Result<v1::GetTotalsResponse, Status> {
        let mut v = Violations::default();
        let query = v.query(request);
        v.end()?;
        let mut query = query.ok_or_else(refusal::internal)?;
        query.filter.extend(own(caller)?);
        let by: Vec<&str> = query.by.iter().map(|d| d.code()).collect();
        line.detail = Some(format!("{} to {} by {}", query.from, query.to, by.join(" ")));
        let table = self.0.figures.table(self.books(), &query).await?;
        let values = table.rows.len().saturating_mul(table.figures.len());
        if values > VALUES_MAX {
            let must =
                format!("would give {values} values, at most {VALUES_MAX} are sent: ask for fewer figures or filter");
            return Err(refuse::fields(&[("by", must)]));
        }
        to_wire(&table)
    }

    async fn figures_there_are(
        &self,
        _: &Caller,
        _: &v1::GetFiguresRequest,
        _: &mut NewLine,
    ) -> Result<v1::GetFiguresResponse, Status> {
        Ok(v1::GetFiguresResponse { figures: Figure::ALL.iter().map(|f| figure(*f)).collect() })
    }
}

fn to_wire(table: &Table) -> Result<v1::GetTotalsResponse, Status> {
    let values = |values: &[Value]| values.iter().map(|v| value(*v)).collect::<Result<Vec<_>, _>>();
    let row = |row: &::totals::Row| {
        Ok(v1::TotalsRow {
            codes: row.codes.clone(),
            values: values(&row.values)?,
            is_not_comparable: row.not_comparable.is_some(),
        })
    };
    Ok(v1::GetTotalsResponse {
        figures: table.figures.iter().map(|f| f.code().to_owned()).collect(),
        rows: table.rows.iter().map(row).collect::<Result<_, Status>>()?,
        total: values(&table.total)?,
        overlap: table.overlap.iter().map(|o| overlap(o.unwrap_or_default())).collect::<Result<_, _>>()?,
        entry_no: table.seq,
    })
}

fn value(value: Value) -> Result<v1::TotalsValue, Status> {
    Ok(v1::TotalsValue {
        value: match value {
            Value::Whole(n) => Some(Said::Whole(whole(n)?)),
            Value::Ratio { numerator, denominator } => {
                let (numerator, denominator) = reduced(numerator, denominator);
                Some(Said::Ratio(v1::TotalsRatio { numerator: whole(numerator)?, denominator: whole(denominator)? }))
            }
            Value::None => None,
        },
    })
}

/// Amounts of the ledger are checked against 64 bits where they are entered; a sum of a city's is far below.
///
/// # Errors
/// INVALID_ARGUMENT for a sum that is not.
fn whole(n: i128) -> Result<i64, Status> {
    i64::try_from(n).map_err(|_| {
        let must = format!("would give {n}, which 64 bits do not hold: ask for other figures, more rows or a filter");
        refuse::fields(&[("figures", must)])
    })
}

/// Enterprises that stand in several rows.
fn overlap(n: i128) -> Result<u64, Status> {
    u64::try_from(n).map_err(|_| refusal::internal())
}

fn reduced(numerator: i128, denominator: i128) -> (i128, i128) {
    let (mut a, mut b) = (numerator.unsigned_abs(), denominator.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    let common = i128::try_from(a).unwrap_or(1).max(1);
    (numerator / common, denominator / common)
}

fn figure(figure: Figure) -> v1::TotalsFigure {
    let unit = match figure.unit() {
        Unit::Fen => v1::TotalsUnit::Fen,
        Unit::Count => v1::TotalsUnit::Count,
        Unit::Share => v1::TotalsUnit::Share,
        Unit::Days => v1::TotalsUnit::Days,
    };
    let nature = match figure.nature() {
        Nature::Flow => v1::TotalsNature::Flow,
        Nature::Stock => v1::TotalsNature::Stock,
        Nature::Distinct => v1::TotalsNature::Distinct,
        Nature::Ratio => v1::TotalsNature::Ratio,
    };
    v1::TotalsFigure {
        code: figure.code().to_owned(),
        name_zh: figure.name_zh().to_owned(),
        name_en: figure.name_en().to_owned(),
        unit: unit.into(),
        definition_zh: figure.definition(Lang::Zh).unwrap_or_default().to_owned(),
        definition_en: figure.definition(Lang::En).unwrap_or_default().to_owned(),
        nature: nature.into(),
    }
}

#[tonic::async_trait]
impl TotalsService for LedgerDesk {
    async fn get_totals(
        &self,
        request: Request<v1::GetTotalsRequest>,
    ) -> Result<Response<v1::GetTotalsResponse>, Status> {
        read!(self, request, "GetTotals", totals)
    }

    async fn get_figures(
        &self,
        request: Request<v1::GetFiguresRequest>,
    ) -> Result<Response<v1::GetFiguresResponse>, Status> {
        read!(self, request, "GetFigures", figures_there_are)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_reduced_and_keep_their_sign() {
        for (ratio, expect) in [((6, 4), (3, 2)), ((-6, 4), (-3, 2)), ((0, 7), (0, 1)), ((7, 1), (7, 1))] {
            assert_eq!(reduced(ratio.0, ratio.1), expect);
        }
    }

    #[test]
    fn what_is_wrong_with_a_question_is_said_at_once() {
        let mut v = Violations::default();
        let request = v1::GetTotalsRequest {
            by: vec![99, 1],
            filters: vec![v1::TotalsFilter { dimension: 2, codes: Vec::new() }],
            figures: vec!["disbursed".into(), "disbursed".into(), "profit".into()],
            ..v1::GetTotalsRequest::default()
        };
        assert!(v.query(&request).is_none());
        let status = v.end().expect_err("much is wrong");
        let fields: Vec<String> = api::status::error_info(&status).violations.into_iter().map(|v| v.field).collect();
        assert_eq!(fields.join(" "), "by[0] filters[0].codes figures[1] figures[2] starts_on ends_on");
    }
}
