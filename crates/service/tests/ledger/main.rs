//! The ledger over mutual TLS, in SQLite and in PostgreSQL.

#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test fails by panicking")]
#![allow(unreachable_pub, reason = "modules of a test")]
#![allow(clippy::needless_update, reason = "one macro makes requests of more fields and of fewer")]

#[macro_use]
#[path = "../common/both.rs"]
mod both;
mod benefits;
mod bridges;
#[allow(dead_code, reason = "a test uses a part")]
#[path = "../common/certs.rs"]
mod certs;
mod claims;
#[path = "../../../ledger/tests/common/mod.rs"]
mod common;
#[path = "../../../ledger/tests/random/events.rs"]
mod events;
mod feeder;
mod fuzz;
mod guarantees;
mod house;
mod loans;
#[path = "../offices/office.rs"]
mod office;
#[allow(dead_code, reason = "a test uses a part")]
#[path = "../common/peer.rs"]
mod peer;
#[path = "../common/place.rs"]
mod place;
#[path = "../../../store/tests/common/postgres.rs"]
#[allow(dead_code, unreachable_pub)]
mod postgres;
mod refusals;
mod signed;
mod stream;
mod tenants;
mod totals;

use office::Office;

in_both! {
    loans::a_loan_lives_from_its_application_to_its_end;
    loans::a_renewal_repays_a_part_of_the_old_loan;
    loans::a_request_that_comes_twice_is_entered_once;
    loans::of_two_banks_that_grant_at_once_one_wins;
    refusals::amounts_that_are_none;
    refusals::what_the_ledger_has_against_it;
    refusals::districts_of_the_day;
    refusals::a_scheme_loan_needs_a_valid_rating;
    refusals::a_reversal_comes_once;
    refusals::a_closed_month_takes_nothing;
    guarantees::a_subsidy_lives_from_its_claim_to_its_clawback;
    guarantees::no_day_is_subsidised_twice;
    bridges::a_bridge_loan_lives_from_its_application_to_its_fee;
    claims::a_claim_lives_from_its_loss_to_its_recovery;
    benefits::benefits_and_figures_have_maker_and_checker;
    tenants::a_bank_meets_its_own_loans_only;
    tenants::a_district_meets_its_own_only;
    totals::totals_are_those_that_the_caller_may_see;
    totals::what_can_not_be_asked_is_refused_by_field;
    totals::answers_are_those_of_totals;
    tenants::lists_are_led_by_tokens;
    tenants::every_call_leaves_a_line;
    signed::a_person_tells_in_their_own_name;
    stream::many_events_over_one_stream;
    feeder::ratings_and_decisions_become_events;
    feeder::what_was_fed_is_not_fed_again;
}
