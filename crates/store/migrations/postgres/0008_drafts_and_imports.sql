-- What people prepare for one another to check, and what files brought to the ledger.

-- What one person prepares and another is to enter into the ledger: `body` is the ledger's own text of it. Nothing personal.
CREATE TABLE drafts (
    line BIGINT PRIMARY KEY,
    draft_id TEXT NOT NULL UNIQUE,
    maker TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    district TEXT,
    body TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE TRIGGER drafts_update BEFORE UPDATE ON drafts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER drafts_delete BEFORE DELETE ON drafts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER drafts_truncate BEFORE TRUNCATE ON drafts EXECUTE FUNCTION refuse_change();

-- How a draft ended: entered under that number of the ledger, or sent back with a reason. Once.
CREATE TABLE draft_ends (
    line BIGINT PRIMARY KEY,
    draft_id TEXT NOT NULL UNIQUE,
    checker TEXT NOT NULL,
    ended_at BIGINT NOT NULL,
    entry BIGINT,
    reason TEXT NOT NULL
);
CREATE TRIGGER draft_ends_update BEFORE UPDATE ON draft_ends FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER draft_ends_delete BEFORE DELETE ON draft_ends FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER draft_ends_truncate BEFORE TRUNCATE ON draft_ends EXECUTE FUNCTION refuse_change();

-- An import of a file: what it was, who brought it, what became of its rows.
CREATE TABLE ledger_imports (
    number BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    file TEXT NOT NULL,
    file_sha256 BYTEA NOT NULL,
    mapping TEXT NOT NULL,
    maker TEXT NOT NULL,
    rows BIGINT NOT NULL,
    events BIGINT NOT NULL,
    entered BIGINT NOT NULL,
    repeated BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    unreadable BIGINT NOT NULL
);
CREATE TRIGGER ledger_imports_update BEFORE UPDATE ON ledger_imports FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_imports_delete BEFORE DELETE ON ledger_imports FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_imports_truncate BEFORE TRUNCATE ON ledger_imports EXECUTE FUNCTION refuse_change();

-- Rows of an import that were refused or could not be read: the rule, what was found and what is allowed.
CREATE TABLE ledger_import_refusals (
    import BIGINT NOT NULL,
    nth BIGINT NOT NULL,
    row BIGINT NOT NULL,
    event TEXT NOT NULL,
    rule TEXT NOT NULL,
    field TEXT NOT NULL,
    found TEXT NOT NULL,
    allowed TEXT NOT NULL,
    reason_zh TEXT NOT NULL,
    reason_en TEXT NOT NULL,
    PRIMARY KEY (import, nth)
);
CREATE TRIGGER ledger_import_refusals_update BEFORE UPDATE ON ledger_import_refusals FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_import_refusals_delete BEFORE DELETE ON ledger_import_refusals FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_import_refusals_truncate BEFORE TRUNCATE ON ledger_import_refusals EXECUTE FUNCTION refuse_change();
