//! Lines of the audit that the dashboard writes.

use crate::session::Person;
use policy::Code;
use store::{NewLine, UnixMicros};

/// What a person did.
pub(crate) fn line(person: &Person, at: UnixMicros, action: &str) -> NewLine {
    NewLine {
        at,
        actor: person.name.clone(),
        role: person.role.code().to_owned(),
        tenant: None,
        action: action.to_owned(),
        subject: None,
        purpose: None,
        outcome: "OK".to_owned(),
        object_id: None,
        detail: None,
    }
}

/// Somebody who is not known yet. A name that is nobody's may be a password: it is not written down.
pub(crate) fn stranger(at: UnixMicros, action: &str, name: Option<&str>, outcome: &str) -> NewLine {
    NewLine {
        at,
        actor: name.unwrap_or("-").to_owned(),
        role: "-".to_owned(),
        tenant: None,
        action: action.to_owned(),
        subject: None,
        purpose: None,
        outcome: outcome.to_owned(),
        object_id: None,
        detail: None,
    }
}
