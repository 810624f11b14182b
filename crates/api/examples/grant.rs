//! Hands in the consent of an enterprise for a bank, as the platform on which it signed.
//!
//!     cargo run -p api --example grant -- https://localhost:8443 ca.pem platform.pem platform.key ENTERPRISE_ID BANK_ID

#![allow(clippy::print_stdout)] // it talks to a person

use api::Date;
use api::client::Client;
use api::rating::v1::{ConsentScope, GrantConsentRequest, Purpose, Signatory, SignedText};
use api::request_id;
use std::error::Error;

/// What the made city of `shangzhi demo` holds that is not public.
const ENTERPRISE_DATA: [&str; 9] = [
    "complaints",
    "housing_fund",
    "invoices",
    "real_estate",
    "social_security",
    "tax_filings",
    "tax_returns",
    "tax_status",
    "utilities",
];
const LENDING_DATA: [&str; 3] = ["bank_flows", "credit_queries", "loans"];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [endpoint, ca, cert, key, enterprise, bank] = arguments.as_slice() else {
        return Err("arguments: ENDPOINT CA CERT KEY ENTERPRISE_ID BANK_ID".into());
    };
    let read = |path: &String| std::fs::read(path).map_err(|e| format!("{path}: {e}"));
    let client = Client::connect(endpoint, read(ca)?, read(cert)?, read(key)?).await?;
    // Lending data are consented to apart.
    let scopes = [(ConsentScope::EnterpriseData, &ENTERPRISE_DATA[..]), (ConsentScope::LendingData, &LENDING_DATA[..])];
    for (scope, sources) in scopes {
        let request = GrantConsentRequest {
            request_id: request_id::new(),
            enterprise_id: enterprise.clone(),
            recipient_bank_id: bank.clone(),
            signatory: Some(Signatory { name: "演示".into(), capacity: "法定代表人".into() }),
            purpose: Purpose::LoanApplication.into(),
            scope: scope.into(),
            data_categories: sources.iter().map(|s| (*s).to_owned()).collect(),
            valid_from: Some(Date { year: 2026, month: 1, day: 1 }),
            valid_until: Some(Date { year: 2030, month: 12, day: 31 }),
            signed_text: Some(SignedText {
                digest: format!("sha256:{}", "0".repeat(64)),
                location: "demo, nothing was signed".into(),
            }),
        };
        let answer = client.call(request).await.map_err(|s| format!("{:?}: {}", s.code(), s.message()))?;
        let consent = answer.consent.ok_or("an answer without a consent")?;
        println!("{} {}", consent.consent_id, scope.as_str_name());
    }
    Ok(())
}
