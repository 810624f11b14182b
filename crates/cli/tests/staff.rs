//! Accounts of the dashboard, set from the command line: passwords are made there, printed once and kept nowhere.

mod common;

use common::Place;
use store::{Keys, Staff, Store};

const OF: &str = "--store sqlite:s.db --keys keys";

fn with_store<T>(place: &Place, work: impl AsyncFnOnce(Store) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let keys = Keys::read(&place.path("keys")).expect("keys");
        let store = Store::open(&format!("sqlite:{}", place.path("s.db").display()), keys).await.expect("a store");
        let done = work(store.clone()).await;
        store.close().await;
        done
    })
}

fn place() -> Place {
    let place = Place::new();
    place.ok("keys init --out keys");
    with_store(&place, async |_| ());
    place
}

fn account(place: &Place, name: &str) -> Option<Staff> {
    with_store(place, async |store| store.staff(name).await.expect("rows"))
}

/// All bytes that the store has on disk.
fn stored(place: &Place) -> Vec<u8> {
    let of_store = |name: &String| name.starts_with("s.db");
    place.names().iter().filter(|name| of_store(name)).flat_map(|name| place.bytes(name)).collect()
}

#[test]
fn accounts_are_added_changed_and_shut() {
    let place = place();
    let mut passwords = Vec::new();
    for arguments in [
        format!("staff add {OF} wang --role city --shown-as 王科长"),
        format!("staff add {OF} zhou --role district --district 500103"),
        format!("staff password {OF} wang"),
    ] {
        let run = place.run(&arguments);
        assert_eq!(run.code, Some(0), "{arguments}: {}", run.err);
        let password = run.out.trim_end().to_owned();
        assert!(password.len() == 24 && password.bytes().all(|b| b.is_ascii_hexdigit()), "{}", run.out);
        // What goes to a log is standard error.
        assert!(!run.err.contains(&password), "{}", run.err);
        assert!(!passwords.contains(&password));
        passwords.push(password);
    }
    let wang = account(&place, "wang").expect("an account");
    assert_eq!(
        (wang.staff.shown_as.as_str(), wang.staff.role.as_str(), wang.staff.disabled),
        ("王科长", "city", false)
    );
    assert!(wang.staff.password.starts_with("$argon2id$"), "{}", wang.staff.password);
    let zhou = account(&place, "zhou").expect("an account");
    assert_eq!((zhou.staff.district.as_deref(), zhou.staff.shown_as.as_str()), (Some("500103"), "zhou"));
    let bytes = stored(&place);
    for password in &passwords {
        assert!(!bytes.windows(password.len()).any(|w| w == password.as_bytes()), "a password stands in the store");
    }

    assert_eq!(place.ok(&format!("staff disable {OF} wang")), "");
    assert!(account(&place, "wang").expect("an account").staff.disabled);
    assert_eq!(place.ok(&format!("staff enable {OF} wang")), "");
    let again = account(&place, "wang").expect("an account");
    assert_eq!((again.staff.disabled, again.staff.password), (false, wang.staff.password));
    // Each step is a line of the chain.
    assert!(place.ok(&format!("audit verify {OF}")).starts_with("whole: 5 lines"));
    place.ok(&format!("audit export {OF} --from 2000-01-01 --to 2100-01-01 --out audit.csv"));
    let audit = place.read("audit.csv");
    for action in ["AddAccount", "SetPassword", "DisableAccount", "EnableAccount"] {
        assert!(audit.contains(action), "no {action} in {audit}");
    }
    assert!(passwords.iter().all(|password| !audit.contains(password)), "{audit}");
}

#[test]
fn what_can_not_be_is_refused_and_changes_nothing() {
    let place = place();
    place.ok(&format!("staff add {OF} wang --role city"));
    let before = account(&place, "wang");
    for (arguments, why) in [
        (format!("staff add {OF} wang --role auditor"), "wang"),
        (format!("staff add {OF} a/b --role city"), "name \"a/b\" is not"),
        (format!("staff add {OF} {} --role city", "x".repeat(200)), "is not 1 to"),
        (format!("staff add {OF} li --role boss"), "boss"),
        (format!("staff add {OF} li --role district"), "district"),
        (format!("staff add {OF} li --role city --district 500103"), "district"),
        (format!("staff add {OF} li --role district --district 500105"), "500105"),
        (format!("staff password {OF} nobody"), "nobody"),
        (format!("staff disable {OF} nobody"), "nobody"),
        (format!("staff enable {OF} nobody"), "nobody"),
        ("staff add --store sqlite:none.db --keys keys li --role city".to_owned(), "is not there"),
        // There is no way to type one where others see it.
        (format!("staff add {OF} li --role city --password secret"), "--password"),
        (format!("staff password {OF} wang secret"), "secret"),
    ] {
        let run = place.run(&arguments);
        assert_eq!(run.code, Some(2), "{arguments}: {} {}", run.out, run.err);
        assert!(run.err.contains(why), "{arguments}: {}", run.err);
        assert_eq!(run.out, "", "{arguments}");
    }
    assert_eq!(account(&place, "wang"), before);
    assert_eq!(account(&place, "li"), None);
    assert!(place.ok(&format!("audit verify {OF}")).starts_with("whole: 1 lines"));
    assert!(!place.path("none.db").exists());
}
