//! Asks for the rating of an enterprise, as a bank.
//!
//!     cargo run -p api --example assess -- https://localhost:8443 ca.pem bank.pem bank.key ENTERPRISE_ID

#![allow(clippy::print_stdout)] // it talks to a person

use api::client::Client;
use api::rating::v1::{AssessRequest, Outcome, Purpose, Rating};
use api::request_id;
use api::status::error_info;
use std::error::Error;
use std::time::Duration;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [endpoint, ca, cert, key, enterprise] = arguments.as_slice() else {
        return Err("arguments: ENDPOINT CA CERT KEY ENTERPRISE_ID".into());
    };
    let read = |path: &String| std::fs::read(path).map_err(|e| format!("{path}: {e}"));
    let client = Client::connect(endpoint, read(ca)?, read(cert)?, read(key)?).await?;
    let client = client.with_deadline(Duration::from_secs(2));
    let request = AssessRequest {
        // Kept with the application: after a crash the same id gives the same rating.
        request_id: request_id::new(),
        enterprise_id: enterprise.clone(),
        purpose: Purpose::LoanApplication.into(),
        // What the bank alone knows would stand in `features`; names and units are those of the catalogue.
        ..AssessRequest::default()
    };
    match client.call(request).await {
        Ok(answer) => show(&answer.rating.ok_or("an answer without a rating")?),
        Err(status) => {
            let info = error_info(&status);
            println!("{:?}: {} [{}]", status.code(), status.message(), info.reason);
            for violation in info.violations {
                println!("  {}: {}", violation.field, violation.description);
            }
            return Err("no rating".into());
        }
    }
    Ok(())
}

fn show(rating: &Rating) {
    match rating.outcome() {
        Outcome::NotRatable => {
            let why: Vec<&str> = rating.not_ratable().map(|code| code.as_str_name()).collect();
            println!("{} is not rated: {}", rating.enterprise_id, why.join(", "));
        }
        _ => {
            let score = rating.score.unwrap_or_default();
            println!("{} {} {score}", rating.enterprise_id, rating.grade);
        }
    }
    match rating.pd_ppm {
        Some(ppm) => println!("probability of default {ppm} ppm"),
        None => println!("probability of default: not calibrated"),
    }
    for reason in &rating.reasons {
        println!("  -{:3} {}  {}", reason.points_lost, reason.code, reason.text_zh);
    }
    if let Some(line) = &rating.line {
        println!("line {} fen, {}", line.amount_fen, line.state().as_str_name());
    }
    if rating.objection_open {
        println!("the enterprise objects: an objection is open");
    }
    println!("{}", rating.notice);
}
