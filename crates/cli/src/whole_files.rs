//! Text files that appear in a folder together, each of them whole.

use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use tempfile::NamedTempFile;

/// Writes files into a folder, which is made when it is not there. None takes its place before all
/// are written to the disk; a folder that was made for nothing is removed.
pub(crate) fn write(folder: &Path, files: &[(&str, &str)]) -> Result<()> {
    ensure!(!folder.as_os_str().is_empty(), "--out is empty");
    let is_new = !folder.exists();
    fs::create_dir_all(folder).with_context(|| format!("folder {}", folder.display()))?;
    let written = write_into(folder, files);
    if written.is_err() && is_new {
        let _ = fs::remove_dir(folder); // the first error is the one to tell
    }
    written
}

/// Writes one file of a folder that is there.
pub(crate) fn write_one(path: &Path, bytes: &[u8]) -> Result<()> {
    let name = path.file_name().and_then(|name| name.to_str());
    let (Some(folder), Some(name)) = (path.parent(), name) else { bail!("--out {}: is no file", path.display()) };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    write_into(folder, &[(name, bytes)])
}

fn write_into(folder: &Path, files: &[(&str, impl AsRef<[u8]>)]) -> Result<()> {
    let mut waiting = Vec::new();
    for (name, text) in files {
        let path = folder.join(name);
        ensure!(!path.is_dir(), "{} is a folder", path.display());
        let mut file = temporary(folder).with_context(|| format!("folder {}", folder.display()))?;
        let filled = file.write_all(text.as_ref()).and_then(|()| file.as_file().sync_all());
        filled.with_context(|| format!("file {}", path.display()))?;
        waiting.push((file, path));
    }
    for (file, path) in waiting {
        file.persist(&path).with_context(|| format!("file {}", path.display()))?;
    }
    Ok(())
}

fn temporary(folder: &Path) -> std::io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".shangzhi-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As for any other new file: a report is handed on. The system takes off what the user's
        // mask forbids.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}
