//! Certificates of the server and authorities of its clients, which are replaced while it runs.
//!
//! The two are read apart: a bad file of one leaves what that one had, and the other is taken all the same. New connections
//! use what is there when their handshake begins; those that are open keep what they began with until their age ends.
//! Sessions are never resumed: a resumed one would skip the check of the client's certificate.

use crate::config::{self, TlsVersion};
use crate::error::Error;
use crate::metrics::Metrics;
use arc_swap::ArcSwap;
use chrono::{DateTime, SecondsFormat};
use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use webpki::KeyUsage;

/// Files with what was made of them last.
struct Part<T> {
    files: Vec<PathBuf>,
    /// What the files held when they were last looked at, taken or not.
    seen: Vec<Vec<u8>>,
    value: T,
}

impl<T> Part<T> {
    fn load(files: Vec<PathBuf>, make: impl Fn(&[PathBuf], &[Vec<u8>]) -> Result<T, Error>) -> Result<Self, Error> {
        let seen = read(&files)?;
        let value = make(&files, &seen)?;
        Ok(Self { files, seen, value })
    }

    /// Looks at the files again; whether there is another value.
    fn refresh(&mut self, make: impl Fn(&[PathBuf], &[Vec<u8>]) -> Result<T, Error>) -> Result<bool, Error> {
        let found = read(&self.files)?;
        if found == self.seen {
            return Ok(false);
        }
        // A bad file is told of once, not at every look.
        self.seen = found;
        self.value = make(&self.files, &self.seen)?;
        Ok(true)
    }
}

struct Parts {
    identity: Part<Arc<CertifiedKey>>,
    authorities: Part<Arc<dyn ClientCertVerifier>>,
}

/// What TLS is spoken with.
pub(crate) struct Certificates {
    parts: Mutex<Parts>,
    current: ArcSwap<ServerConfig>,
    min_version: TlsVersion,
    metrics: Metrics,
}

impl Certificates {
    /// Reads them for the first time.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Certificate`].
    pub(crate) fn load(tls: &config::Tls, metrics: Metrics) -> Result<Self, Error> {
        let parts = Parts {
            identity: Part::load(vec![tls.cert.clone(), tls.key.clone()], identity)?,
            authorities: Part::load(tls.client_cas.clone(), authorities)?,
        };
        let current = ArcSwap::from(server_config(&parts, tls.min_version)?);
        Ok(Self { parts: Mutex::new(parts), current, min_version: tls.min_version, metrics })
    }

    /// What a handshake that begins now uses.
    pub(crate) fn current(&self) -> Arc<ServerConfig> {
        self.current.load_full()
    }

    /// Takes what changed in the files. What is bad is logged and not taken. Reads files: not for an asynchronous task.
    pub(crate) fn refresh(&self) {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let (one, other) = (parts.identity.refresh(identity), parts.authorities.refresh(authorities));
        let mut changed = false;
        for (what, done) in [("certificate", one), ("authorities", other)] {
            match done {
                Ok(false) => (),
                Ok(true) => {
                    changed = true;
                    self.metrics.reloaded("taken");
                    tracing::info!(what, "taken for new connections");
                }
                Err(e) => self.not_taken(what, &e),
            }
        }
        if !changed {
            return;
        }
        match server_config(&parts, self.min_version) {
            Ok(config) => self.current.store(config),
            Err(e) => self.not_taken("certificate", &e),
        }
    }

    fn not_taken(&self, what: &str, error: &Error) {
        self.metrics.reloaded("not_taken");
        tracing::error!(what, error = chain(error), "not taken, what was there goes on");
    }
}

/// An error with its sources in one line.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut out = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        out = format!("{out}: {error}");
        source = error.source();
    }
    out
}

fn read(files: &[PathBuf]) -> Result<Vec<Vec<u8>>, Error> {
    let one = |path: &PathBuf| std::fs::read(path).map_err(|source| Error::File { path: path.clone(), source });
    files.iter().map(one).collect()
}

/// What is wrong with a file. Parsers say what they wanted, never what they read.
fn bad(path: &Path, message: impl Display) -> Error {
    Error::Certificate { path: path.to_owned(), message: message.to_string() }
}

fn certificates(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|e| bad(path, e))?;
    match chain.is_empty() {
        true => Err(bad(path, "no certificate")),
        false => Ok(chain),
    }
}

fn identity(files: &[PathBuf], pem: &[Vec<u8>]) -> Result<Arc<CertifiedKey>, Error> {
    let [(cert, cert_pem), (key, key_pem)] = [(&files[0], &pem[0]), (&files[1], &pem[1])];
    let chain = certificates(cert, cert_pem)?;
    chain.iter().try_for_each(|certificate| in_time(cert, certificate))?;
    let secret = PrivateKeyDer::from_pem_slice(key_pem).map_err(|e| bad(key, e))?;
    if readable_by_others(key) {
        tracing::warn!(file = %key.display(), "others than its owner may read this key: chmod 600");
    }
    // Also that the key is the certificate's.
    let made = CertifiedKey::from_der(chain, secret, &ring::default_provider()).map_err(|e| bad(key, e))?;
    Ok(Arc::new(made))
}

/// Whether the mode of a file lets everyone read it. A group may: keys are often given to the group of the server.
fn readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o004 != 0)
}

/// Every client would refuse a certificate that is not valid at this time: it is told of where it is read.
fn in_time(path: &Path, certificate: &CertificateDer<'_>) -> Result<(), Error> {
    let parsed = webpki::EndEntityCert::try_from(certificate).map_err(|e| bad(path, e))?;
    // Without an authority no path is found; the times of the certificate itself are looked at before.
    let looked = parsed.verify_for_usage(&[], &[], &[], UnixTime::now(), KeyUsage::server_auth(), None, None);
    let at = |time: UnixTime| {
        let at = DateTime::from_timestamp(time.as_secs().cast_signed(), 0).unwrap_or_default();
        at.to_rfc3339_opts(SecondsFormat::Secs, true)
    };
    match looked {
        Err(webpki::Error::CertExpired { not_after, .. }) => {
            Err(bad(path, format!("a certificate expired at {}", at(not_after))))
        }
        Err(webpki::Error::CertNotValidYet { not_before, .. }) => {
            Err(bad(path, format!("a certificate is valid from {} only", at(not_before))))
        }
        _ => Ok(()),
    }
}

fn authorities(files: &[PathBuf], pem: &[Vec<u8>]) -> Result<Arc<dyn ClientCertVerifier>, Error> {
    let mut roots = RootCertStore::empty();
    for (path, pem) in files.iter().zip(pem) {
        for certificate in certificates(path, pem)? {
            roots.add(certificate).map_err(|e| bad(path, e))?;
        }
    }
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::new(ring::default_provider()));
    let verifier: Arc<dyn ClientCertVerifier> = builder.build().map_err(|e| bad(&files[0], e))?;
    Ok(verifier)
}

fn server_config(parts: &Parts, min_version: TlsVersion) -> Result<Arc<ServerConfig>, Error> {
    let versions: &[_] = match min_version {
        TlsVersion::V13 => &[&rustls::version::TLS13],
        TlsVersion::V12 => &[&rustls::version::TLS13, &rustls::version::TLS12],
    };
    let provider: Arc<CryptoProvider> = Arc::new(ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .map_err(|e| bad(&parts.identity.files[0], e))?
        .with_client_cert_verifier(Arc::clone(&parts.authorities.value))
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(Arc::clone(&parts.identity.value))));
    config.alpn_protocols = vec![b"h2".to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}
