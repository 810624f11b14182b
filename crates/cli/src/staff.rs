//! `shangzhi staff`: who may sign in to the dashboard.
//!
//! Passwords are made here and printed once: they are long enough that nobody guesses them, and none is typed where
//! others see it.

use crate::args::StaffCommand;
use crate::{books, note};
use anyhow::{Context as _, Result};
use dashboard::{Accounts, NewAccount, Passwords};
use primitives::hex;
use std::fs::File;
use std::io::Read as _;
use store::Store;

/// Bytes of a password at random: 96 bits.
const RANDOM: usize = 12;
/// Who sets accounts, for the audit.
const BY: &str = "command line";

pub(crate) fn run(command: &StaffCommand) -> Result<()> {
    let now = chrono::Utc::now().timestamp_micros();
    match command {
        StaffCommand::Add { store, name, shown_as, role, district } => books::with_store(store, async |store| {
            let account = NewAccount {
                name: name.clone(),
                shown_as: shown_as.clone().unwrap_or_else(|| name.clone()),
                role: *role,
                district: *district,
            };
            let password = password()?;
            accounts(&store)?.add(&account, &password, now).await?;
            tell(&password);
            Ok(())
        }),
        StaffCommand::Password { store, name } => books::with_store(store, async |store| {
            let password = password()?;
            accounts(&store)?.set_password(name, &password, now).await?;
            tell(&password);
            Ok(())
        }),
        StaffCommand::Disable { store, name } => {
            books::with_store(store, async |store| Ok(accounts(&store)?.disable(name, true, now).await?))
        }
        StaffCommand::Enable { store, name } => {
            books::with_store(store, async |store| Ok(accounts(&store)?.disable(name, false, now).await?))
        }
    }
}

pub(crate) fn accounts(store: &Store) -> Result<Accounts> {
    Ok(Accounts::new(store.clone(), Passwords::usual()?, BY))
}

/// A password at random.
pub(crate) fn password() -> Result<String> {
    let mut bytes = [0; RANDOM];
    File::open("/dev/urandom")
        .and_then(|mut f| f.read_exact(&mut bytes))
        .context("the system gives no random bytes")?;
    Ok(hex(&bytes))
}

fn tell(password: &str) {
    println!("{password}");
    note("the password stands nowhere else: give it to its owner, and to nobody by mail");
}
