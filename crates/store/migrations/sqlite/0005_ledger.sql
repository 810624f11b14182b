-- The policy ledger: an event is added and never changed. Records and balances follow from the events; they are written in the
-- transaction of the event, and can be made again.

-- One row for each event that was entered. `hash` covers the event, what it did, and the hash before it. `request` is the key
-- of its request, which is entered once; `changes` has key, the event that shaped the record before, and the new record.
CREATE TABLE ledger_events (
    seq INTEGER PRIMARY KEY,
    recorded_at INTEGER NOT NULL,
    request TEXT NOT NULL UNIQUE,
    event TEXT NOT NULL,
    postings TEXT NOT NULL,
    changes TEXT NOT NULL,
    entry BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE TRIGGER ledger_events_update BEFORE UPDATE ON ledger_events BEGIN
    SELECT RAISE(ABORT, 'rows of ledger_events are never changed or deleted');
END;
CREATE TRIGGER ledger_events_delete BEFORE DELETE ON ledger_events BEGIN
    SELECT RAISE(ABORT, 'rows of ledger_events are never changed or deleted');
END;

-- What judging an event reads, by the text of its key; `seq` is the event that shaped it last.
CREATE TABLE ledger_records (
    key TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    record TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Sums of accounts in fen, debits above zero, as digits: they may be beyond 64 bits.
CREATE TABLE ledger_balances (
    account TEXT PRIMARY KEY,
    fen TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The last line of the chain. Its row is the lock that writers of several servers take.
CREATE TABLE ledger_head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;
INSERT INTO ledger_head (id, seq, recorded_at, hash) VALUES (1, 0, -9223372036854775808, zeroblob(32));
CREATE TRIGGER ledger_head_update BEFORE UPDATE ON ledger_head WHEN NEW.seq <= OLD.seq BEGIN
    SELECT RAISE(ABORT, 'rows of ledger_head are never changed or deleted');
END;
CREATE TRIGGER ledger_head_delete BEFORE DELETE ON ledger_head BEGIN
    SELECT RAISE(ABORT, 'rows of ledger_head are never changed or deleted');
END;
