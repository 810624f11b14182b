//! Consents, models and what the platform does for enterprises, over mutual TLS, in SQLite and in PostgreSQL.

#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test fails by panicking")]
#![allow(unreachable_pub, reason = "modules of a test")]

#[macro_use]
#[path = "../common/both.rs"]
mod both;
mod consents;
mod models;
mod office;
#[path = "../common/place.rs"]
mod place;
#[path = "../../../store/tests/common/postgres.rs"]
#[allow(dead_code, unreachable_pub)]
mod postgres;
mod subjects;

use office::Office;

in_both! {
    consents::a_consent_lives_from_its_grant_to_its_end;
    consents::what_does_not_fit_is_said_at_once;
    consents::pages_are_led_by_tokens_that_no_one_else_can_make;
    models::what_keeps_a_model_from_rating_is_said;
    models::an_activation_holds_here_elsewhere_and_after_a_restart;
    subjects::an_objection_lives_from_its_opening_to_each_outcome;
    subjects::what_is_not_there_or_not_allowed_is_refused;
    subjects::an_enterprise_sees_what_is_held_and_who_asked;
    subjects::what_retention_destroys_leaves_the_chain_whole;
}
