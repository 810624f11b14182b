//! The ledger of policy loans: `LoanService`, `GuaranteeService`, `BridgeLoanService`, `CompensationService`,
//! `BenefitService`, `LedgerService` and `TotalsService`.
//!
//! A write becomes an event of the crate `ledger`, whose rules alone decide; what is said here is who tells it. The
//! office follows from the client certificate, never from a request.

mod benefits;
mod books;
mod bridges;
mod claims;
mod feeder;
mod fields;
mod guarantees;
mod loans;
mod refused;
mod seen;
mod signed;
mod stream;
mod told;
mod totals;
mod words;

use crate::desk::Desk;
use feeder::Feeder;
pub use signed::Untold;
use std::fmt;
use std::sync::Arc;
use store::{Followed, Ledger};
use totals::Figures;

pub use totals::{Totals, TotalsSource};

/// The handlers of the ledger's services. Cheap to clone.
///
/// # Examples
/// ```no_run
/// # fn example(config: &service::Config, desk: service::Desk, ledger: store::Ledger) {
/// let services = service::Services::new(&config.limits).ledger(service::LedgerDesk::new(desk, ledger));
/// # }
/// ```
#[derive(Clone)]
pub struct LedgerDesk(Arc<Inner>);

struct Inner {
    desk: Desk,
    books: Ledger,
    feeder: Feeder,
    figures: Figures,
}

impl fmt::Debug for LedgerDesk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LedgerDesk").finish_non_exhaustive()
    }
}

impl LedgerDesk {
    /// Handlers at a desk. From here on, until the last clone is gone, ratings and decisions of the desk's store are
    /// entered as they come, and totals are kept up with the ledger.
    ///
    /// Must be called within a tokio runtime.
    pub fn new(desk: Desk, books: Ledger) -> Self {
        Self::with_totals(desk, books, Arc::new(Followed::new(Totals::default())))
    }

    /// As [`LedgerDesk::new`], with facts of totals that others read too, or that begin at a later line.
    pub fn with_totals(desk: Desk, books: Ledger, totals: Arc<dyn TotalsSource>) -> Self {
        let feeder = Feeder::start(desk.clone(), books.clone());
        let figures = Figures::start(books.clone(), totals);
        Self(Arc::new(Inner { desk, books, feeder, figures }))
    }

    /// Where events are entered.
    pub fn books(&self) -> &Ledger {
        &self.0.books
    }

    pub(crate) fn desk(&self) -> &Desk {
        &self.0.desk
    }

    /// Waits until ratings up to an audit line are in the ledger.
    pub(crate) async fn fed_up_to(&self, line: i64) -> Result<(), tonic::Status> {
        self.0.feeder.up_to(line).await
    }
}
