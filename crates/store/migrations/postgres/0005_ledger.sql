-- The policy ledger: an event is added and never changed. Records and balances follow from the events; they are written in the
-- transaction of the event, and can be made again.

-- One row for each event that was entered. `hash` covers the event, what it did, and the hash before it. `request` is the key
-- of its request, which is entered once; `changes` has key, the event that shaped the record before, and the new record.
-- Texts stay in their row up to 8 KB: to compress each costs more than to write it.
CREATE TABLE ledger_events (
    seq BIGINT PRIMARY KEY,
    recorded_at BIGINT NOT NULL,
    request TEXT COLLATE "C" NOT NULL UNIQUE,
    event TEXT NOT NULL,
    postings TEXT NOT NULL,
    changes TEXT NOT NULL,
    entry BYTEA NOT NULL,
    hash BYTEA NOT NULL
) WITH (toast_tuple_target = 8160);
CREATE TRIGGER ledger_events_update BEFORE UPDATE ON ledger_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_events_delete BEFORE DELETE ON ledger_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_events_truncate BEFORE TRUNCATE ON ledger_events EXECUTE FUNCTION refuse_change();

-- What judging an event reads, by the text of its key; `seq` is the event that shaped it last.
-- Pages keep room, so that a row that changes stays on its page and in its place in the index.
CREATE TABLE ledger_records (
    key TEXT COLLATE "C" PRIMARY KEY,
    seq BIGINT NOT NULL,
    record TEXT NOT NULL
) WITH (fillfactor = 70, toast_tuple_target = 8160);

-- Sums of accounts in fen, debits above zero, as digits: they may be beyond 64 bits.
CREATE TABLE ledger_balances (
    account TEXT COLLATE "C" PRIMARY KEY,
    fen TEXT NOT NULL
) WITH (fillfactor = 70);

-- The last line of the chain. Its row is the lock that writers of several servers take.
CREATE TABLE ledger_head (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    seq BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    hash BYTEA NOT NULL
) WITH (fillfactor = 20);
INSERT INTO ledger_head (id, seq, recorded_at, hash)
    VALUES (1, 0, '-9223372036854775808', decode(repeat('00', 32), 'hex'));
CREATE TRIGGER ledger_head_update BEFORE UPDATE ON ledger_head
    FOR EACH ROW WHEN (NEW.seq <= OLD.seq) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_head_delete BEFORE DELETE ON ledger_head FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_head_truncate BEFORE TRUNCATE ON ledger_head EXECUTE FUNCTION refuse_change();
