//! Whether a commit is open in a SQLite file, by its log and its index alone: for a process that was killed as well.
//!
//! A commit of SQLite appends its pages to `-wal`, waits for the disk, and only then puts the number of the last page into
//! `-shm`, which is memory of the file system and outlives the process. Pages of this log beyond that number are a commit
//! that was begun and not ended.
//!
//! # Source
//! <https://www.sqlite.org/walformat.html>, sections 2.1 (the index) and 3 (the log).

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// The log of a database and its index.
pub struct Log {
    pages: File,
    index: File,
}

impl Log {
    /// Of a database that a process has open, or had when it was killed.
    pub fn of(database: &Path) -> Self {
        let open = |end: &str| {
            let mut path = database.as_os_str().to_owned();
            path.push(end);
            File::open(&path).unwrap_or_else(|e| panic!("{}: {e}", Path::new(&path).display()))
        };
        Self { pages: open("-wal"), index: open("-shm") }
    }

    /// Whether pages were written that no commit has ended.
    pub fn is_commit_open(&self) -> bool {
        let mut header = [0; 48];
        let mut page = [0; 24];
        // An index in the order of this machine's bytes; a log that is not yet there has nothing open.
        self.index.read_exact_at(&mut header, 0).is_ok_and(|()| {
            let size = u64::from(u16::from_ne_bytes([header[14], header[15]]));
            let last = u64::from(u32::from_ne_bytes([header[16], header[17], header[18], header[19]]));
            let at = 32 + last * (24 + size);
            // A page of an earlier turn of the log has another salt.
            self.pages.read_exact_at(&mut page, at).is_ok_and(|()| page[8..16] == header[32..40])
        })
    }
}
