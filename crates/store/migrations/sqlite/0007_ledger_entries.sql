-- What an event did stands once, as the bytes that the chain hashes. Under the key of a record stands the event that shaped it
-- last: what is written at random places is a tenth of what it was. The rows of before are packed by the program, which
-- then drops `ledger_events_1`.
DROP TRIGGER ledger_events_update;
DROP TRIGGER ledger_events_delete;
ALTER TABLE ledger_events RENAME TO ledger_events_1;

-- One row for each event that was entered. `hash` covers the event, what it did, and the hash before it. `did` has the postings
-- and the changed records as they are afterwards, `earlier` for each of these the event that shaped it before.
CREATE TABLE ledger_events (
    seq INTEGER PRIMARY KEY,
    recorded_at INTEGER NOT NULL,
    event TEXT NOT NULL,
    did BLOB NOT NULL,
    earlier BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE TRIGGER ledger_events_update BEFORE UPDATE ON ledger_events BEGIN
    SELECT RAISE(ABORT, 'rows of ledger_events are never changed or deleted');
END;
CREATE TRIGGER ledger_events_delete BEFORE DELETE ON ledger_events BEGIN
    SELECT RAISE(ABORT, 'rows of ledger_events are never changed or deleted');
END;

-- Records by the text of their keys, marks of requests among them; `seq` is the event that shaped it last, which has it.
CREATE TABLE ledger_records_2 (
    key TEXT PRIMARY KEY,
    seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO ledger_records_2 (key, seq)
    SELECT key, seq FROM ledger_records UNION ALL SELECT request, seq FROM ledger_events_1;
DROP TABLE ledger_records;
ALTER TABLE ledger_records_2 RENAME TO ledger_records;

-- Nobody read them: the balance of an account is the sum of its postings, and what is judged by is a record.
DROP TABLE ledger_balances;
