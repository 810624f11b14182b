//! A server of made-up ratings, to try a client against: no rating of it says anything about anyone.
//!
//!     cargo run -p api --example stub_server -- DIR 8443
//!
//! It writes `ca.pem`, `bank.pem` and `bank.key` into DIR and serves on loopback until it is stopped.

#![allow(clippy::print_stdout)] // it talks to a person
#![allow(dead_code)] // what the tests ask of the stub besides

#[path = "../tests/stub/mod.rs"]
mod stub;

use std::error::Error;
use std::path::Path;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, port] = arguments.as_slice() else {
        return Err("arguments: DIR PORT".into());
    };
    let certs = stub::certs::Certs::new();
    let folder = Path::new(folder);
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("ca.pem"), &certs.ca)?;
    std::fs::write(folder.join("bank.pem"), &certs.bank.cert)?;
    std::fs::write(folder.join("bank.key"), &certs.bank.key)?;
    let at = stub::Stub::default().serve(([127, 0, 0, 1], port.parse()?).into(), &certs).await?;
    println!("made-up ratings at https://localhost:{}", at.port());
    std::future::pending::<()>().await;
    Ok(())
}
