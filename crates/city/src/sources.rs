//! The sources and their columns, as the schemas of the product name them (`crates/features/sources`).
//!
//! Amounts are written in fen under `<name>_fen` where every row has one, else in yuan with decimals: whole numbers
//! have no place for what is missing, and a reader meets both spellings.

/// How a column is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Count,
    Fen,
    Yuan,
    Number,
}

/// A source with its columns.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) id: &'static str,
    pub(crate) columns: &'static [(&'static str, Kind)],
}

/// The sources, in the order of [`LAYOUTS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Registry,
    RegistryChanges,
    Relations,
    Invoices,
    TaxFilings,
    TaxReturns,
    TaxStatus,
    SocialSecurity,
    HousingFund,
    Utilities,
    RealEstate,
    IntellectualProperty,
    Qualifications,
    Grants,
    ProcurementAwards,
    CourtCases,
    Penalties,
    Complaints,
    EquityEncumbrances,
    AbnormalList,
    DishonestList,
    SeriousViolationList,
    SpecialLists,
    Loans,
    BankFlows,
    CreditQueries,
}

use Kind::{Count, Fen, Number, Text, Yuan};

#[rustfmt::skip]
pub(crate) const LAYOUTS: [Layout; 26] = [
    Layout { id: "registry", columns: &[
        ("enterprise_id", Text), ("recorded_on", Text), ("name", Text), ("credit_code", Text), ("kind", Text),
        ("industry", Text), ("district", Text), ("zone", Text), ("established_on", Text),
        ("registered_capital", Fen), ("paid_in_capital", Yuan), ("status", Text), ("known_at", Text),
    ] },
    Layout { id: "registry_changes", columns: &[
        ("enterprise_id", Text), ("changed_on", Text), ("item", Text), ("change_no", Text), ("known_at", Text),
    ] },
    Layout { id: "relations", columns: &[
        ("enterprise_id", Text), ("person_id", Text), ("role", Text), ("share", Number), ("from_on", Text),
        ("until_on", Text), ("known_at", Text),
    ] },
    Layout { id: "invoices", columns: &[
        ("enterprise_id", Text), ("invoice_no", Text), ("issued_on", Text), ("direction", Text),
        ("counterparty_id", Text), ("amount", Fen), ("tax", Fen), ("status", Text), ("invoice_code", Text),
        ("red_of", Text), ("goods_code", Text), ("counterparty_region", Text), ("known_at", Text),
    ] },
    Layout { id: "tax_filings", columns: &[
        ("enterprise_id", Text), ("period_end", Text), ("tax", Text), ("due_on", Text), ("filed_on", Text),
        ("declared_sales", Yuan), ("tax_due", Yuan), ("tax_paid", Yuan), ("late_fee", Yuan), ("known_at", Text),
    ] },
    Layout { id: "tax_returns", columns: &[
        ("enterprise_id", Text), ("period_end", Text), ("revenue", Yuan), ("cost", Yuan), ("total_profit", Yuan),
        ("rd_expense", Yuan), ("rd_deduction", Yuan), ("rd_staff", Number), ("total_assets", Yuan),
        ("total_liabilities", Yuan), ("current_assets", Yuan), ("current_liabilities", Yuan), ("receivables", Yuan),
        ("inventory", Yuan), ("payables", Yuan), ("prepayments", Yuan), ("advances", Yuan),
        ("intangible_assets", Yuan), ("operating_cash_flow", Yuan), ("export_refund", Yuan), ("donation", Yuan),
        ("known_at", Text),
    ] },
    Layout { id: "tax_status", columns: &[
        ("enterprise_id", Text), ("recorded_on", Text), ("credit_grade", Text), ("taxpayer_status", Text),
        ("arrears", Fen), ("known_at", Text),
    ] },
    Layout { id: "social_security", columns: &[
        ("enterprise_id", Text), ("month", Text), ("insured", Count), ("wage_base", Fen), ("due", Fen),
        ("paid", Fen), ("due_on", Text), ("paid_on", Text), ("known_at", Text),
    ] },
    Layout { id: "housing_fund", columns: &[
        ("enterprise_id", Text), ("month", Text), ("contributors", Count), ("paid", Fen), ("known_at", Text),
    ] },
    Layout { id: "utilities", columns: &[
        ("enterprise_id", Text), ("month", Text), ("service", Text), ("usage", Number), ("charge", Fen),
        ("arrears", Fen), ("stopped_days", Count), ("known_at", Text),
    ] },
    Layout { id: "real_estate", columns: &[
        ("enterprise_id", Text), ("property_no", Text), ("registered_on", Text), ("area", Number),
        ("mortgaged", Count), ("until_on", Text), ("known_at", Text),
    ] },
    Layout { id: "intellectual_property", columns: &[
        ("enterprise_id", Text), ("right_no", Text), ("kind", Text), ("granted_on", Text), ("until_on", Text),
        ("pledged_on", Text), ("transferred_on", Text), ("known_at", Text),
    ] },
    Layout { id: "qualifications", columns: &[
        ("enterprise_id", Text), ("kind", Text), ("certificate_no", Text), ("granted_on", Text),
        ("valid_until", Text), ("revoked_on", Text), ("known_at", Text),
    ] },
    Layout { id: "grants", columns: &[
        ("enterprise_id", Text), ("granted_on", Text), ("document_no", Text), ("programme", Text), ("amount", Fen),
        ("known_at", Text),
    ] },
    Layout { id: "procurement_awards", columns: &[
        ("enterprise_id", Text), ("awarded_on", Text), ("contract_no", Text), ("amount", Fen), ("known_at", Text),
    ] },
    Layout { id: "court_cases", columns: &[
        ("enterprise_id", Text), ("filed_on", Text), ("case_no", Text), ("role", Text), ("kind", Text),
        ("cause", Text), ("amount", Yuan), ("closed_on", Text), ("known_at", Text),
    ] },
    Layout { id: "penalties", columns: &[
        ("enterprise_id", Text), ("decided_on", Text), ("decision_no", Text), ("field", Text), ("severity", Text),
        ("amount", Yuan), ("repaired_on", Text), ("known_at", Text),
    ] },
    Layout { id: "complaints", columns: &[
        ("enterprise_id", Text), ("received_on", Text), ("complaint_no", Text), ("kind", Text), ("known_at", Text),
    ] },
    Layout { id: "equity_encumbrances", columns: &[
        ("enterprise_id", Text), ("recorded_on", Text), ("kind", Text), ("document_no", Text), ("amount", Fen),
        ("released_on", Text), ("known_at", Text),
    ] },
    Layout { id: "abnormal_list", columns: &[
        ("enterprise_id", Text), ("listed_on", Text), ("document_no", Text), ("reason", Text), ("removed_on", Text),
        ("known_at", Text),
    ] },
    Layout { id: "dishonest_list", columns: &[
        ("enterprise_id", Text), ("listed_on", Text), ("document_no", Text), ("reason", Text), ("removed_on", Text),
        ("known_at", Text),
    ] },
    Layout { id: "serious_violation_list", columns: &[
        ("enterprise_id", Text), ("listed_on", Text), ("document_no", Text), ("reason", Text), ("removed_on", Text),
        ("known_at", Text),
    ] },
    Layout { id: "special_lists", columns: &[
        ("enterprise_id", Text), ("kind", Text), ("listed_on", Text), ("document_no", Text), ("removed_on", Text),
        ("known_at", Text),
    ] },
    Layout { id: "loans", columns: &[
        ("enterprise_id", Text), ("month", Text), ("loan_no", Text), ("purpose", Text), ("tag", Text),
        ("balance", Fen), ("due", Fen), ("paid", Fen), ("overdue_days", Count), ("known_at", Text),
    ] },
    Layout { id: "bank_flows", columns: &[
        ("enterprise_id", Text), ("month", Text), ("inflow", Fen), ("outflow", Fen), ("average_balance", Fen),
        ("largest_payer", Yuan), ("known_at", Text),
    ] },
    Layout { id: "credit_queries", columns: &[
        ("enterprise_id", Text), ("queried_on", Text), ("institution", Text), ("reason", Text), ("tag", Text),
        ("known_at", Text),
    ] },
];
