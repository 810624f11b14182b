//! Certificates for one test: an authority, a server and a bank.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, SanType,
};

/// An authority with what it signed.
pub(crate) struct Certs {
    pub(crate) ca: String,
    pub(crate) server: Signed,
    pub(crate) bank: Signed,
}

/// A certificate and its key, PEM.
pub(crate) struct Signed {
    pub(crate) cert: String,
    pub(crate) key: String,
}

impl Certs {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        params.distinguished_name.push(DnType::CommonName, "stub authority");
        let key = KeyPair::generate().expect("a key");
        let ca = CertifiedIssuer::self_signed(params, key).expect("an authority");

        let sign = |params: CertificateParams| {
            let key = KeyPair::generate().expect("a key");
            let cert = params.signed_by(&key, &ca).expect("a certificate");
            Signed { cert: cert.pem(), key: key.serialize_pem() }
        };
        let mut server =
            CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()]).expect("names of a server");
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let mut bank = CertificateParams::default();
        bank.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        bank.subject_alt_names = vec![SanType::URI("spiffe://stub/bank/first".try_into().expect("ASCII"))];
        Self { server: sign(server), bank: sign(bank), ca: ca.pem() }
    }
}
