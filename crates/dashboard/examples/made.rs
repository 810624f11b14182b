//! A dashboard of a made city, to look at: `cargo run -p dashboard --example made -- 127.0.0.1:8099 4000`.
//!
//! Signs in `city`, `yuzhong` (a district), `auditor` and `operator`, all with the password that it prints.

#![allow(clippy::print_stdout, reason = "it talks to whoever starts it")]

#[path = "../../ledger/tests/common/mod.rs"]
mod common;
#[path = "../tests/site/made.rs"]
mod made;

use dashboard::{Accounts, Dashboard, Figures, NewAccount, Passwords, Role, Settings};
use ledger::event::UnixMicros;
use store::{Keys, Store};

const PASSWORD: &str = "made city, no secret";
/// The evening of 2026-06-12 in Beijing.
const NOW: UnixMicros = UnixMicros(1_781_265_600_000_000);

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8099".to_owned());
    let loans = arguments.next().map_or(Ok(4_000), |n| n.parse())?;
    let folder = tempfile::tempdir()?;
    let keys = Keys::generate(&folder.path().join("keys"), "k1")?;
    let store = Store::open(&format!("sqlite:{}", folder.path().join("store.db").display()), keys).await?;
    let figures = Figures::default();
    figures.push(&made::lines(&made::city(loans, "2026-06-12".parse()?, 1)))?;
    let passwords = Passwords::with_costs(1024, 1)?;
    let accounts = Accounts::new(store.clone(), passwords.clone(), "example");
    for (name, shown_as, role, district) in [
        ("city", "李雷", Role::City, None),
        ("yuzhong", "韩梅梅", Role::District, Some("500103".parse()?)),
        ("auditor", "王审计", Role::Auditor, None),
        ("operator", "赵运维", Role::Operator, None),
    ] {
        let account = NewAccount { name: name.into(), shown_as: shown_as.into(), role, district };
        accounts.add(&account, PASSWORD, NOW.0).await?;
    }
    let dashboard = Dashboard::new(store, figures, passwords, Settings { secure: false, clock: || NOW });
    let listener = tokio::net::TcpListener::bind(&address).await?;
    println!("http://{}/ as city, yuzhong, auditor or operator, password: {PASSWORD}", listener.local_addr()?);
    dashboard::serve(listener, dashboard, std::future::pending()).await;
    Ok(())
}
