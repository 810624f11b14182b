//! Who calls: from the names in the client certificate, by configuration, to a tenant and a role. Never from a request.

use crate::config;
use crate::limits::Allowance;
use arc_swap::ArcSwap;
use primitives::RegionCode;
use serde::Deserialize;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use tonic::{Request, Status};

/// What a caller may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Asks for ratings and reports decisions.
    Bank,
    /// Resolves objections.
    Bureau,
    /// Brings consents, and speaks for enterprises.
    Platform,
    /// Reads what others received.
    Auditor,
    /// Activates models.
    Operator,
    /// Tells of its guarantees.
    Guarantor,
    /// Staff of a district: what belongs to it.
    District,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Bank, Self::Bureau, Self::Platform, Self::Auditor, Self::Operator, Self::Guarantor, Self::District];

    /// Its name in configurations and comments of methods.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bank => "bank",
            Self::Bureau => "bureau",
            Self::Platform => "platform",
            Self::Auditor => "auditor",
            Self::Operator => "operator",
            Self::Guarantor => "guarantor",
            Self::District => "district",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Who calls, in the extensions of every request that reaches a handler.
///
/// # Examples
/// ```
/// use service::{Caller, Role};
/// let mut request = tonic::Request::new(());
/// assert!(Caller::of(&request).is_err(), "not behind a server of this crate");
/// request.extensions_mut().insert(Caller::new("bank-a", Role::Bank));
/// assert_eq!(Caller::of(&request).expect("there").tenant(), "bank-a");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    tenant: Arc<str>,
    role: Role,
    district: Option<RegionCode>,
}

impl Caller {
    /// A caller, for tests of handlers.
    pub fn new(tenant: &str, role: Role) -> Self {
        Self { tenant: tenant.into(), role, district: None }
    }

    /// Who calls.
    ///
    /// # Errors
    /// INTERNAL where the request did not come through [`crate::Server`]: nothing is answered to no one.
    pub fn of<T>(request: &Request<T>) -> Result<&Self, Status> {
        request.extensions().get::<Self>().ok_or_else(|| Status::internal("no caller"))
    }

    /// The `id` of the client: whose objects it reads and writes.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// The role in which it calls this method: of its roles, the first that the method allows.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The district whose staff it is; `None` unless its role is that.
    pub fn district(&self) -> Option<RegionCode> {
        self.district.filter(|_| self.role == Role::District)
    }
}

/// A client of the configuration with what it has used up.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) id: Arc<str>,
    pub(crate) allowance: Allowance,
    configured: config::Client,
}

impl Client {
    fn new(configured: &config::Client) -> Self {
        Self {
            id: configured.id.as_str().into(),
            allowance: Allowance::new(configured),
            configured: configured.clone(),
        }
    }

    /// Who calls a method that some roles may call.
    pub(crate) fn caller(&self, allowed: &[Role]) -> Option<Caller> {
        let role = self.configured.roles.iter().find(|r| allowed.contains(r))?;
        Some(Caller { tenant: Arc::clone(&self.id), role: *role, district: self.configured.district })
    }
}

/// How fast a client may send items over a stream; in the extensions of the request of a stream.
#[derive(Debug, Clone)]
pub(crate) struct Pace(Arc<Client>);

impl Pace {
    pub(crate) fn of(client: Arc<Client>) -> Self {
        Self(client)
    }

    /// Waits until one more item is within the rate.
    pub(crate) async fn item(&self) {
        self.0.allowance.item().await;
    }
}

/// The clients by name. Replaced as a whole on a reload.
#[derive(Debug, Default)]
struct ByName(HashMap<String, Arc<Client>>);

/// The clients that the configuration knows.
#[derive(Debug)]
pub(crate) struct Directory {
    by_name: ArcSwap<ByName>,
}

impl Directory {
    pub(crate) fn new(clients: &[config::Client]) -> Self {
        let out = Self { by_name: ArcSwap::default() };
        out.replace(clients);
        out
    }

    /// Takes other clients. One that is configured as before keeps its count of calls.
    pub(crate) fn replace(&self, clients: &[config::Client]) {
        let old = self.by_name.load();
        let mut names = HashMap::new();
        for configured in clients {
            let kept = configured.names.iter().find_map(|name| old.0.get(name));
            let client = match kept {
                Some(kept) if kept.configured == *configured => Arc::clone(kept),
                _ => Arc::new(Client::new(configured)),
            };
            names.extend(configured.names.iter().map(|name| (name.clone(), Arc::clone(&client))));
        }
        self.by_name.store(Arc::new(ByName(names)));
    }

    /// The client that a certificate with these names is of. Names of two clients in one certificate are of none.
    pub(crate) fn client(&self, names: &[String]) -> Option<Arc<Client>> {
        let by_name = self.by_name.load();
        let mut found: Option<&Arc<Client>> = None;
        for client in names.iter().filter_map(|name| by_name.0.get(name)) {
            if found.is_some_and(|f| f.id != client.id) {
                return None;
            }
            found = Some(client);
        }
        found.cloned()
    }
}

/// The DNS names and URIs of a certificate; none where it cannot be read.
pub(crate) fn names(certificate: &rustls::pki_types::CertificateDer<'_>) -> Vec<String> {
    match webpki::EndEntityCert::try_from(certificate) {
        Ok(cert) => cert.valid_uri_names().chain(cert.valid_dns_names()).map(str::to_owned).collect(),
        Err(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configured(id: &str, names: &[&str], roles: &[Role]) -> config::Client {
        config::Client {
            id: id.into(),
            names: names.iter().map(|n| (*n).to_owned()).collect(),
            roles: roles.to_vec(),
            district: None,
            calls_per_second: 10,
            burst: None,
            items_per_second: None,
            concurrency: 1,
        }
    }

    #[test]
    fn names_lead_to_one_client_or_to_none() {
        let a = configured("a", &["spiffe://x/a", "a.example"], &[Role::Bank]);
        let b = configured("b", &["b.example"], &[Role::Auditor]);
        let directory = Directory::new(&[a, b]);
        let check = |names: &[&str], expect: Option<&str>| {
            let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
            assert_eq!(directory.client(&names).map(|c| c.id.to_string()).as_deref(), expect, "{names:?}");
        };
        check(&["spiffe://x/a"], Some("a"));
        check(&["elsewhere", "a.example", "spiffe://x/a"], Some("a"));
        check(&["b.example"], Some("b"));
        check(&["a.example", "b.example"], None);
        check(&["A.example"], None);
        check(&["c.example"], None);
        check(&[], None);
    }

    #[test]
    fn the_first_role_that_the_method_allows_counts() {
        let client = Client::new(&configured("a", &["a"], &[Role::Platform, Role::Bank]));
        let role = |allowed: &[Role]| client.caller(allowed).map(|c| c.role());
        assert_eq!(role(&[Role::Bank, Role::Platform]), Some(Role::Platform));
        assert_eq!(role(&[Role::Bank]), Some(Role::Bank));
        assert_eq!(role(&[Role::Auditor]), None);
        assert_eq!(role(&[]), None);
    }

    #[test]
    fn a_reload_takes_clients_out_and_leaves_others_their_count() {
        let (a, b) = (configured("a", &["a"], &[Role::Bank]), configured("b", &["b"], &[Role::Bank]));
        let directory = Directory::new(&[a.clone(), b.clone()]);
        let before = directory.client(&["a".into()]).expect("known");
        directory.replace(std::slice::from_ref(&a));
        assert!(Arc::ptr_eq(&before, &directory.client(&["a".into()]).expect("known")));
        assert!(directory.client(&["b".into()]).is_none());
        directory.replace(&[config::Client { concurrency: 2, ..a }, b]);
        assert!(!Arc::ptr_eq(&before, &directory.client(&["a".into()]).expect("known")));
    }
}
