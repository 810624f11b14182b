//! Ranges of the configuration's values.

use super::{Client, Config, StoreUrl};
use crate::identity::Role;
use std::collections::BTreeSet;
use std::fmt::Display;

/// A value that is not taken.
pub(super) struct Refused {
    pub(super) key: String,
    pub(super) value: String,
    pub(super) allowed: String,
}

fn refused(key: impl Into<String>, value: impl Display, allowed: impl Into<String>) -> Refused {
    Refused { key: key.into(), value: value.to_string(), allowed: allowed.into() }
}

fn within<T: PartialOrd + Display>(key: impl Into<String>, value: T, low: T, high: T) -> Result<(), Refused> {
    match low <= value && value <= high {
        true => Ok(()),
        false => Err(refused(key, value, format!("{low} to {high}"))),
    }
}

/// Ids stand in logs, metrics and stored rows: short, of letters that need no quoting.
fn is_id(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

impl Config {
    pub(super) fn check(&self) -> Result<(), Refused> {
        self.check_door()?;
        self.check_clients()?;
        self.check_telemetry()?;
        if let Some(page) = &self.dashboard
            && !page.behind_tls
            && !page.listen.ip().is_loopback()
        {
            let allowed = "a loopback address where dashboard.behind_tls = false: passwords would go in clear";
            return Err(refused("dashboard.listen", page.listen, allowed));
        }
        self.check_limits()?;
        let connection = &self.connection;
        within("connection.keepalive_interval_seconds", connection.keepalive_interval_seconds, 1, 3_600)?;
        within("connection.keepalive_timeout_seconds", connection.keepalive_timeout_seconds, 1, 3_600)?;
        within("connection.age_seconds_max", connection.age_seconds_max, 1, 86_400)?;
        within("connection.age_jitter_share", connection.age_jitter_share, 0.0, 0.5)?;
        within("connection.age_grace_seconds", connection.age_grace_seconds, 1, 3_600)?;
        let shutdown = &self.shutdown;
        within("shutdown.grace_seconds", shutdown.grace_seconds, 1, 3_600)?;
        if shutdown.lame_duck_seconds >= shutdown.grace_seconds {
            let allowed = format!("0 to {}, less than shutdown.grace_seconds", shutdown.grace_seconds - 1);
            return Err(refused("shutdown.lame_duck_seconds", shutdown.lame_duck_seconds, allowed));
        }
        Ok(())
    }

    /// Either TLS, or plain text on loopback with a named caller; never half of each.
    fn check_door(&self) -> Result<(), Refused> {
        let known = |id: &str| self.clients.iter().any(|c| c.id == id);
        match (&self.tls, self.plaintext) {
            (None, false) => return Err(refused("tls", "absent", "given unless plaintext = true")),
            (Some(_), true) => return Err(refused("plaintext", "true", "false where [tls] is given")),
            (None, true) if !self.listen.ip().is_loopback() => {
                return Err(refused("listen", self.listen, "a loopback address where plaintext = true"));
            }
            (None, true) => match &self.plaintext_client {
                Some(id) if known(id) => (),
                id => {
                    let id = id.as_deref().unwrap_or("absent");
                    return Err(refused("plaintext_client", id, "the id of one of the clients"));
                }
            },
            (Some(tls), false) => {
                if let Some(id) = &self.plaintext_client {
                    return Err(refused("plaintext_client", id, "absent unless plaintext = true"));
                }
                within("tls.reload_seconds", tls.reload_seconds, 1, 3_600)?;
                within("tls.client_cas", tls.client_cas.len(), 1, 64)?;
            }
        }
        let known =
            |url: &StoreUrl| ["sqlite:", "postgres://", "postgresql://"].iter().any(|s| url.expose().starts_with(s));
        // What was given may hold a password.
        let wrong = |key: &str| Err(refused(key, "(hidden)", "sqlite:PATH or postgres://…"));
        match &self.ledger.database {
            _ if !known(&self.store.url) => wrong("store.url"),
            Some(url) if !known(url) => wrong("ledger.database"),
            _ => Ok(()),
        }
    }

    fn check_telemetry(&self) -> Result<(), Refused> {
        let endpoint = &self.telemetry.otlp_endpoint;
        let fits = |uri: http::Uri| uri.scheme_str() == Some("http") && uri.port().is_some() && uri.path() == "/";
        match endpoint.is_empty() || endpoint.parse().is_ok_and(fits) {
            true => Ok(()),
            false => Err(refused("telemetry.otlp_endpoint", format!("{endpoint:?}"), "empty or http://HOST:PORT")),
        }
    }

    fn check_clients(&self) -> Result<(), Refused> {
        within("clients", self.clients.len(), 1, 10_000)?;
        let (mut ids, mut names) = (BTreeSet::new(), BTreeSet::new());
        for (at, client) in self.clients.iter().enumerate() {
            let key = |name: &str| format!("clients[{at}].{name}");
            let Client { id, calls_per_second, burst, items_per_second, concurrency, roles, district, .. } = client;
            if !is_id(id) {
                return Err(refused(key("id"), format!("{id:?}"), "1 to 32 of a-z, 0-9 and -"));
            }
            if !ids.insert(id) {
                return Err(refused(key("id"), format!("{id:?}"), "of one client only"));
            }
            if client.names.is_empty() {
                return Err(refused(key("names"), "[]", "at least one DNS name or URI"));
            }
            for name in &client.names {
                let fits = (1..=255).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic() && b != b'*');
                if !fits {
                    return Err(refused(key("names"), format!("{name:?}"), "1 to 255 visible ASCII characters, no *"));
                }
                if !names.insert(name) {
                    return Err(refused(key("names"), format!("{name:?}"), "of one client only"));
                }
            }
            if roles.is_empty() {
                return Err(refused(
                    key("roles"),
                    "[]",
                    "at least one of bank, bureau, platform, auditor, operator, guarantor, district",
                ));
            }
            if roles.contains(&Role::District) != district.is_some() {
                let found = district.map_or("absent".to_owned(), |d| d.to_string());
                return Err(refused(key("district"), found, "there where roles has district, and only there"));
            }
            within(key("calls_per_second"), *calls_per_second, 1, 1_000_000)?;
            within(key("burst"), burst.unwrap_or(1), 1, 1_000_000)?;
            within(key("items_per_second"), items_per_second.unwrap_or(1), 1, 1_000_000)?;
            within(key("concurrency"), *concurrency, 1, 100_000)?;
        }
        Ok(())
    }

    fn check_limits(&self) -> Result<(), Refused> {
        let limits = &self.limits;
        within("limits.message_bytes_max", limits.message_bytes_max, 1_024, 64 << 20)?;
        within("limits.decompressed_bytes_max", limits.decompressed_bytes_max, 1_024, 64 << 20)?;
        if limits.decompressed_bytes_max < limits.message_bytes_max {
            let allowed = format!("at least limits.message_bytes_max, {}", limits.message_bytes_max);
            return Err(refused("limits.decompressed_bytes_max", limits.decompressed_bytes_max, allowed));
        }
        within("limits.deadline_ms_max", limits.deadline_ms_max, 1, 3_600_000)?;
        within("limits.stream_deadline_seconds_max", limits.stream_deadline_seconds_max, 1, 86_400)?;
        within("limits.connections_max", limits.connections_max, 1, 1_000_000)?;
        within("limits.connections_per_client_max", limits.connections_per_client_max, 1, 1_000_000)?;
        within("limits.streams_per_connection_max", limits.streams_per_connection_max, 1, 10_000)?;
        within("limits.in_flight_max", limits.in_flight_max, 1, 1_000_000)?;
        within("limits.handshakes_max", limits.handshakes_max, 1, 100_000)?;
        within("limits.handshake_ms_max", limits.handshake_ms_max, 1, 60_000)
    }
}
