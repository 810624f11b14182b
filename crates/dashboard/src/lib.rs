//! The bureau's dashboard: pages of figures, files and an interface for machines, all from the same tables.
//!
//! Pages are made on the server and need no script; nothing is loaded from elsewhere. The state of a page is in its
//! address: the day, the recorded time, the filters. A past recorded time shows what was shown then, byte for byte.
//!
//! Who may see what is decided in one place (`role`), where a page's state becomes a question. The dashboard appends
//! nothing to the ledger: payments of the state are checked by calls of the service's methods ([`Tells`]) as who is signed
//! in. Sign-ins, exports and looks at an enterprise are lines of the audit, written before the answer.
//!
//! # Examples
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use dashboard::{Dashboard, Figures, Passwords, Settings};
//! use store::{Keys, Ledger, Store};
//! let store = Store::open("sqlite:store.db", Keys::generate("keys".as_ref(), "2026-11")?).await?;
//! let ledger = Ledger::open("sqlite:ledger.db").await?;
//! let figures = Figures::default();
//! figures.catch_up(&ledger).await?;
//! let settings = Settings { secure: false, clock: || ledger::event::UnixMicros(1_790_000_000_000_000) };
//! let dashboard = Dashboard::new(store, figures, Passwords::usual()?, settings);
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! dashboard::serve(listener, dashboard, std::future::pending()).await;
//! # Ok(())
//! # }
//! ```

mod accounts;
mod act;
mod audit;
mod board;
mod cases;
mod connections;
mod content;
mod export;
mod figures;
mod headers;
mod kept;
mod names;
mod pack;
mod page;
mod passwords;
mod people;
mod periods;
mod picture;
mod raster;
mod reasons;
mod register;
mod role;
mod session;
mod sheet;
mod shell;
mod sign_in;
mod tells;
mod unit;
mod view;
mod web;
mod words;

pub use accounts::{AccountError, Accounts, NewAccount};
pub use export::grid::{WorkbookError, workbook};
pub use figures::Figures;
pub use names::{NameError, Names};
pub use page::sections;
pub use passwords::{PasswordError, Passwords};
pub use reasons::{
    FeatureRead, MissingRead, MissingReading, RatingRead, Reads, ReasonRead, ReasonsAsked, ReasonsRead, ReasonsReading,
    StoredRating, Unread,
};
pub use role::Role;
pub use tells::{Entered, Telling, Tells, Told, Untold};
pub use web::{Dashboard, Settings, serve};
