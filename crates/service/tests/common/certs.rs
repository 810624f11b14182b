//! Certificates for one test run.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, SanType, date_time_ymd,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate and its key, PEM.
pub struct Signed {
    pub cert: String,
    pub key: String,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        Self { issuer: CertifiedIssuer::self_signed(params, key).expect("an authority") }
    }

    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    pub fn server(&self) -> Signed {
        self.sign(Self::server_params())
    }

    fn server_params() -> CertificateParams {
        let mut params = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()]).expect("names");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params
    }

    pub fn write_server(&self, folder: &Path) {
        Self::write(self.server(), folder);
    }

    /// A server's certificate for some years only.
    pub fn write_server_of(&self, years: Range<i32>, folder: &Path) {
        let mut params = Self::server_params();
        params.not_before = date_time_ymd(years.start, 1, 1);
        params.not_after = date_time_ymd(years.end, 1, 1);
        Self::write(self.sign(params), folder);
    }

    fn write(server: Signed, folder: &Path) {
        std::fs::write(folder.join("server.pem"), server.cert).expect("written");
        std::fs::write(folder.join("server.key"), server.key).expect("written");
    }

    /// Names with `:` are URIs, others DNS names.
    pub fn client_params(names: &[&str]) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let name = |name: &&str| match name.contains(':') {
            true => SanType::URI((*name).try_into().expect("ASCII")),
            false => SanType::DnsName((*name).try_into().expect("ASCII")),
        };
        params.subject_alt_names = names.iter().map(name).collect();
        params
    }

    pub fn sign(&self, params: CertificateParams) -> Signed {
        let key = KeyPair::generate().expect("a key");
        let cert = params.signed_by(&key, &self.issuer).expect("a certificate");
        Signed { cert: cert.pem(), key: key.serialize_pem() }
    }

    pub fn client_pem(&self, names: &[&str]) -> Signed {
        self.sign(Self::client_params(names))
    }

    /// TLS of a client with these names, which trusts this authority.
    pub fn client(&self, names: &[&str]) -> Arc<ClientConfig> {
        self.trusting(Some(&self.client_pem(names)), &[&rustls::version::TLS13])
    }

    /// TLS of a client that trusts this authority, whatever it shows itself.
    pub fn trusting(
        &self,
        shows: Option<&Signed>,
        versions: &[&'static rustls::SupportedProtocolVersion],
    ) -> Arc<ClientConfig> {
        client_config(&self.pem(), shows, versions)
    }
}

/// TLS of a client, from PEM.
pub fn client_config(
    authority: &str,
    shows: Option<&Signed>,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.as_bytes()).expect("PEM")).expect("an authority");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("versions")
        .with_root_certificates(roots);
    let mut config = match shows {
        Some(signed) => {
            let cert = CertificateDer::from_pem_slice(signed.cert.as_bytes()).expect("PEM");
            let key = PrivateKeyDer::from_pem_slice(signed.key.as_bytes()).expect("PEM");
            config.with_client_auth_cert(vec![cert], key).expect("a certificate and its key")
        }
        None => config.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    Arc::new(config)
}
