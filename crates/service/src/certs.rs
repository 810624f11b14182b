//! Certificates for trying out: an authority, a server on this machine, and a client of each kind.
//!
//! Not for use: the authority's key lies beside what it signed, and whoever can read the folder is any client.

use crate::error::Error;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, SanType,
};
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The clients that have certificates, by their `id` in `shangzhi.example.toml`.
pub const CLIENTS: [&str; 8] =
    ["bank-a", "bank-b", "bureau", "platform", "auditor", "operator", "guarantor-a", "district-500103"];

const DAYS_VALID: u64 = 365;
const DAY: Duration = Duration::from_secs(86_400);

/// What a person who asked for certificates has to be told.
pub const NOTICE: &str = "these certificates are for trying out on this machine; take others for use\n\
                          演示证书, 仅供本机试用, 不得用于生产环境";

/// The name in the certificate of a client, as `names` of the configuration has it.
///
/// # Examples
/// ```
/// assert_eq!(service::certs::client_name("bank-a"), "spiffe://demo.shangzhi/bank-a");
/// ```
pub fn client_name(id: &str) -> String {
    format!("spiffe://demo.shangzhi/{id}")
}

/// Writes `ca`, `server` and each of [`CLIENTS`] as `.pem` and `.key` into a folder; keys are readable by their owner only.
/// They are valid for a year. The names of the files, in order.
///
/// # Errors
/// [`Error::Exists`] where one of the files is there, before anything is written; [`Error::File`] where the folder cannot
/// be written.
///
/// # Examples
/// ```
/// let folder = tempfile::tempdir()?;
/// let files = service::certs::init(&folder.path().join("certs"))?;
/// assert!(files.iter().any(|f| f.ends_with("bank-a.pem")));
/// assert!(service::certs::init(&folder.path().join("certs")).is_err(), "nothing is written over");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn init(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let files = |name: &str| [folder.join(format!("{name}.pem")), folder.join(format!("{name}.key"))];
    let all = ["ca", "server"].into_iter().chain(CLIENTS);
    if let Some(path) = all.flat_map(files).find(|path| path.exists()) {
        return Err(Error::Exists { path });
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|source| Error::File { path: folder.to_owned(), source })?;

    let mut params = params("Shangzhi demo authority, for trying out");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let mut written = Vec::new();
    let mut put = |name: &str, cert: &str, key: &str| {
        for (path, text, mode) in
            files(name).into_iter().zip([(cert, 0o644), (key, 0o600)]).map(|(p, (t, m))| (p, t, m))
        {
            write_new(&path, text, mode)?;
            written.push(path);
        }
        Ok::<(), Error>(())
    };
    put("ca", &ca.pem(), &ca.key().serialize_pem())?;
    let (cert, key) = sign(server_params()?, &ca)?;
    put("server", &cert, &key)?;
    for id in CLIENTS {
        let (cert, key) = sign(client_params(id)?, &ca)?;
        put(id, &cert, &key)?;
    }
    Ok(written)
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    let now = SystemTime::now();
    // An hour back, for clocks that are behind.
    params.not_before = (now - Duration::from_secs(3_600)).into();
    params.not_after = (now + DAY * DAYS_VALID as u32).into();
    params.use_authority_key_identifier_extension = true;
    params
}

fn server_params() -> Result<CertificateParams, Error> {
    let mut params = params("Shangzhi demo server");
    let loopback = [[127, 0, 0, 1].into(), std::net::Ipv6Addr::LOCALHOST.into()];
    params.subject_alt_names = vec![SanType::DnsName("localhost".try_into()?)];
    params.subject_alt_names.extend(loopback.map(SanType::IpAddress));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}

fn client_params(id: &str) -> Result<CertificateParams, Error> {
    let mut params = params(&format!("Shangzhi demo {id}"));
    params.subject_alt_names = vec![SanType::URI(client_name(id).as_str().try_into()?)];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    Ok(params)
}

fn sign(params: CertificateParams, ca: &CertifiedIssuer<'_, KeyPair>) -> Result<(String, String), Error> {
    let key = KeyPair::generate()?;
    Ok((params.signed_by(&key, ca)?.pem(), key.serialize_pem()))
}

/// Writes a file that is not there yet, with its mode from the first byte on.
fn write_new(path: &Path, text: &str, mode: u32) -> Result<(), Error> {
    let failed = |source| Error::File { path: path.to_owned(), source };
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn keys_are_their_owners_alone_and_nothing_is_written_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = init(folder.path()).expect("certificates");
        assert_eq!(files.len(), 2 * (2 + CLIENTS.len()));
        for file in &files {
            let mode = std::fs::metadata(file).expect("written").permissions().mode() & 0o777;
            let expect = if file.extension().is_some_and(|e| e == "key") { 0o600 } else { 0o644 };
            assert_eq!(mode, expect, "{}", file.display());
        }
        std::fs::remove_file(&files[0]).expect("removed");
        let before = std::fs::read(&files[3]).expect("a key");
        assert!(matches!(init(folder.path()), Err(Error::Exists { path }) if path == files[1]));
        assert!(!files[0].exists(), "nothing is written before all is looked at");
        assert_eq!(std::fs::read(&files[3]).expect("a key"), before);
    }

    #[test]
    fn a_client_has_the_name_that_the_example_configuration_knows() {
        let config = crate::Config::parse(include_str!("../shangzhi.example.toml"), "s.toml".as_ref()).expect("valid");
        for (client, id) in config.clients.iter().zip(CLIENTS) {
            assert_eq!((client.id.as_str(), &client.names), (id, &vec![client_name(id)]));
        }
    }
}
