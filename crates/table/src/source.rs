//! The bytes of a file, checked before anyone parses them.

use crate::Error;
use polars::polars_utils::mmap::MMapSemaphore;
use primitives::Digest;
use rayon::prelude::*;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
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

/// The name of a file, without folders.
pub(crate) fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, Error> {
    let bytes = load(path).map_err(|source| Error::Io { file: path.to_owned(), source })?;
    match bytes.is_empty() {
        true => Err(Error::EmptyFile { file: path.to_owned() }),
        false => Ok(bytes),
    }
}

/// The bytes of a file, as the system has them: nothing is copied, and no new memory is touched.
pub(crate) fn mapped(path: &Path) -> Result<MMapSemaphore, Error> {
    if size(path)? == 0 {
        return Err(Error::EmptyFile { file: path.to_owned() });
    }
    let io = |source| Error::Io { file: path.to_owned(), source };
    let file = File::open(path).map_err(io)?;
    MMapSemaphore::new_from_file(&file).map_err(|e| io(std::io::Error::other(e)))
}

/// Part of a file that one thread reads at a time.
const PART: usize = 1 << 23;

/// All bytes of a file; a large one is read in parts on all cores, for new memory is slow to touch.
fn load(path: &Path) -> std::io::Result<Vec<u8>> {
    let size = usize::try_from(std::fs::metadata(path)?.len()).unwrap_or(usize::MAX);
    if size < 2 * PART {
        return std::fs::read(path);
    }
    let mut bytes = vec![0; size];
    let parts = bytes.par_chunks_mut(PART).enumerate();
    parts.try_for_each(|(i, part)| {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start((i * PART) as u64))?;
        file.read_exact(part)
    })?;
    Ok(bytes)
}

/// Below this many bytes a thread costs more than the digest.
const LARGE: usize = 1 << 20;

/// Runs `work` on this thread while another one takes the digest of `bytes`, if it is wanted.
pub(crate) fn with_digest<T>(bytes: &[u8], wanted: bool, work: impl FnOnce() -> T) -> (T, Option<Digest>) {
    if !wanted {
        return (work(), None);
    }
    if bytes.len() < LARGE {
        return (work(), Some(Digest::sha256(bytes)));
    }
    std::thread::scope(|scope| {
        let digest = scope.spawn(|| Digest::sha256(bytes));
        (work(), Some(digest.join().expect("a digest of bytes in memory can not fail")))
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn parts_are_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large");
        for size in [0, 1, 2 * PART - 1, 2 * PART, 2 * PART + 1] {
            let written: Vec<u8> = (0..size).map(|i| (i ^ (i >> 8) ^ (i >> 16)) as u8).collect();
            std::fs::write(&path, &written).unwrap();
            assert!(load(&path).unwrap() == written, "{size}");
        }
    }
}
