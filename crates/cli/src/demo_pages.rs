//! What `shangzhi serve` needs to show the demo in a browser: snapshot, model, certificates, keys, configuration and one
//! account of each role.
//!
//! Passwords are made at random and stand in one file that its owner alone may read; none is printed or logged.

use crate::{demo_ratings, staff};
use anyhow::{Context as _, Result, ensure};
use dashboard::{NewAccount, Role};
use service::config;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use store::{Keys, Store};

/// The configuration, and the file of names and passwords.
const CONFIG: &str = "shangzhi.toml";
pub(crate) const ACCOUNTS: &str = "accounts.txt";
/// As the example of the configuration has it, without effect and with it.
const TABLE: [(&str, &str); 3] = [
    ("\n# [dashboard]\n", "\n[dashboard]\n"),
    ("\n# listen = \"127.0.0.1:8480\"\n", "\nlisten = \"127.0.0.1:8480\"\n"),
    ("\n# behind_tls = false\n", "\nbehind_tls = false\n"),
];
const ADDRESS: &str = "http://127.0.0.1:8480/overview";
/// Who may sign in: name, as pages show the person, role, district.
const PEOPLE: [(&str, &str, Role, Option<&str>); 4] = [
    ("city", "市局演示账号", Role::City, None),
    ("district", "渝中区演示账号", Role::District, Some("500103")),
    ("auditor", "审计演示账号", Role::Auditor, None),
    ("operator", "运维演示账号", Role::Operator, None),
];

/// Makes all of it in the folder of the demo; its snapshot and model are there already, and a table of features for each date, as
/// of which some enterprises are rated. How many ratings were stored.
pub(crate) fn make(out: &Path, dates: &[&str]) -> Result<usize> {
    let model = out.join("models/commercial-value");
    fs::create_dir_all(&model).with_context(|| format!("folder {}", model.display()))?;
    for entry in fs::read_dir(out.join("commercial-value"))? {
        let entry = entry?;
        fs::copy(entry.path(), model.join(entry.file_name()))?;
    }
    service::certs::init(&out.join("certs"))?;
    let keys = Keys::generate(&out.join("keys.toml"), "demo")?;
    crate::whole_files::write_one(&out.join(CONFIG), configuration()?.as_bytes())?;
    let address = format!("sqlite:{}", out.join("shangzhi.db").display());
    let scratch = tempfile::tempdir_in(out).with_context(|| format!("folder in {}", out.display()))?;
    for date in dates {
        let (table, snapshot) =
            (out.join(format!("features-{date}.parquet")), scratch.path().join(date).join("day.snap"));
        fs::create_dir_all(scratch.path().join(date))?;
        let (table, snapshot) = (table.display().to_string(), snapshot.display().to_string());
        crate::demo::call(&["snapshot", "--features", &table, "--out", &snapshot])?;
    }
    let (stored, passwords) = crate::books::runtime()?.block_on(async {
        let store = Store::open(&address, keys).await?;
        let mut stored = 0;
        for date in dates {
            stored += demo_ratings::rate(&store, &out.join("models"), &scratch.path().join(date), date).await?;
        }
        let made = accounts(&store).await;
        store.close().await;
        made.map(|made| (stored, made))
    })?;
    write_accounts(&out.join(ACCOUNTS), &passwords)?;
    Ok(stored)
}

/// The example with the table of the dashboard.
fn configuration() -> Result<String> {
    let mut text = config::EXAMPLE.to_owned();
    for (from, to) in TABLE {
        ensure!(text.matches(from).count() == 1, "the example of the configuration has not once {from:?}");
        text = text.replace(from, to);
    }
    Ok(text)
}

async fn accounts(store: &Store) -> Result<Vec<String>> {
    let (accounts, now) = (staff::accounts(store)?, chrono::Utc::now().timestamp_micros());
    let mut passwords = Vec::new();
    for (name, shown_as, role, district) in PEOPLE {
        let district = district.map(str::parse).transpose().context("a district of the demo")?;
        let account = NewAccount { name: name.to_owned(), shown_as: shown_as.to_owned(), role, district };
        let password = staff::password()?;
        accounts.add(&account, &password, now).await?;
        passwords.push(password);
    }
    Ok(passwords)
}

/// A line for each: name, password, role, district.
fn write_accounts(path: &Path, passwords: &[String]) -> Result<()> {
    let mut text =
        String::from("# name\tpassword\trole\tdistrict: of this demo only; the passwords stand nowhere else\n");
    for ((name, _, role, district), password) in PEOPLE.iter().zip(passwords) {
        text.push_str(&format!("{name}\t{password}\t{role}\t{}\n", district.unwrap_or("-")));
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).with_context(|| format!("file {}", path.display()))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).with_context(|| format!("file {}", path.display()))
}

/// The last lines: what starts the server, and where the page is.
pub(crate) fn tell(out: &Path, as_of: &str) {
    let program = std::env::args().next().unwrap_or_else(|| "shangzhi".to_owned());
    println!("\nThe bureau's pages of this city are served by (Ctrl-C ends it):\n");
    println!("    {program} serve --config {}\n", out.join(CONFIG).display());
    println!(
        "sign in as `city`; its password, and those of the other roles, stand in {}",
        out.join(ACCOUNTS).display()
    );
    println!("page: {ADDRESS}?as_of={as_of}");
}
