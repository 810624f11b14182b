-- What people prepare for one another to check, and what files brought to the ledger.

-- What one person prepares and another is to enter into the ledger: `body` is the ledger's own text of it. Nothing personal.
CREATE TABLE drafts (
    line INTEGER PRIMARY KEY,
    draft_id TEXT NOT NULL UNIQUE,
    maker TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    district TEXT,
    body TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE TRIGGER drafts_update BEFORE UPDATE ON drafts BEGIN
    SELECT RAISE(ABORT, 'rows of drafts are never changed or deleted');
END;
CREATE TRIGGER drafts_delete BEFORE DELETE ON drafts BEGIN
    SELECT RAISE(ABORT, 'rows of drafts are never changed or deleted');
END;

-- How a draft ended: entered under that number of the ledger, or sent back with a reason. Once.
CREATE TABLE draft_ends (
    line INTEGER PRIMARY KEY,
    draft_id TEXT NOT NULL UNIQUE,
    checker TEXT NOT NULL,
    ended_at INTEGER NOT NULL,
    entry INTEGER,
    reason TEXT NOT NULL
) STRICT;
CREATE TRIGGER draft_ends_update BEFORE UPDATE ON draft_ends BEGIN
    SELECT RAISE(ABORT, 'rows of draft_ends are never changed or deleted');
END;
CREATE TRIGGER draft_ends_delete BEFORE DELETE ON draft_ends BEGIN
    SELECT RAISE(ABORT, 'rows of draft_ends are never changed or deleted');
END;

-- An import of a file: what it was, who brought it, what became of its rows.
CREATE TABLE ledger_imports (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    file TEXT NOT NULL,
    file_sha256 BLOB NOT NULL,
    mapping TEXT NOT NULL,
    maker TEXT NOT NULL,
    rows INTEGER NOT NULL,
    events INTEGER NOT NULL,
    entered INTEGER NOT NULL,
    repeated INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    unreadable INTEGER NOT NULL
) STRICT;
CREATE TRIGGER ledger_imports_update BEFORE UPDATE ON ledger_imports BEGIN
    SELECT RAISE(ABORT, 'rows of ledger_imports are never changed or deleted');
END;
CREATE TRIGGER ledger_imports_delete BEFORE DELETE ON ledger_imports BEGIN
    SELECT RAISE(ABORT, 'rows of ledger_imports are never changed or deleted');
END;

-- Rows of an import that were refused or could not be read: the rule, what was found and what is allowed.
CREATE TABLE ledger_import_refusals (
    import INTEGER NOT NULL,
    nth INTEGER NOT NULL,
    row INTEGER NOT NULL,
    event TEXT NOT NULL,
    rule TEXT NOT NULL,
    field TEXT NOT NULL,
    found TEXT NOT NULL,
    allowed TEXT NOT NULL,
    reason_zh TEXT NOT NULL,
    reason_en TEXT NOT NULL,
    PRIMARY KEY (import, nth)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER ledger_import_refusals_update BEFORE UPDATE ON ledger_import_refusals BEGIN
    SELECT RAISE(ABORT, 'rows of ledger_import_refusals are never changed or deleted');
END;
CREATE TRIGGER ledger_import_refusals_delete BEFORE DELETE ON ledger_import_refusals BEGIN
    SELECT RAISE(ABORT, 'rows of ledger_import_refusals are never changed or deleted');
END;
