//! The bytes of a file, checked before anyone parses them.

use crate::Error;
use primitives::Digest;
use std::path::Path;

/// The size of a file that can be read at all.
pub(crate) fn size(path: &Path) -> Result<u64, Error> {
    match std::fs::metadata(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(Error::NotFound { file: path.to_owned() }),
        Err(source) => Err(Error::Io { file: path.to_owned(), source }),
        Ok(m) if m.is_dir() => Err(Error::IsFolder { file: path.to_owned() }),
        Ok(m) => Ok(m.len()),
    }
}

pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, Error> {
    let bytes = std::fs::read(path).map_err(|source| Error::Io { file: path.to_owned(), source })?;
    match bytes.is_empty() {
        true => Err(Error::EmptyFile { file: path.to_owned() }),
        false => Ok(bytes),
    }
}

/// Below this many bytes a thread costs more than the digest.
const LARGE: usize = 1 << 20;

/// Runs `work` on this thread while another one takes the digest of `bytes`.
pub(crate) fn with_digest<T>(bytes: &[u8], work: impl FnOnce() -> T) -> (T, Digest) {
    if bytes.len() < LARGE {
        return (work(), Digest::sha256(bytes));
    }
    std::thread::scope(|scope| {
        let digest = scope.spawn(|| Digest::sha256(bytes));
        (work(), digest.join().expect("a digest of bytes in memory can not fail"))
    })
}
