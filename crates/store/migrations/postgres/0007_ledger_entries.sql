-- What an event did stands once, as the bytes that the chain hashes. Under the key of a record stands the event that shaped it
-- last: what is written at random places is a tenth of what it was. The rows of before are packed by the program, which
-- then drops `ledger_events_1`.
ALTER TABLE ledger_events RENAME TO ledger_events_1;
ALTER INDEX ledger_events_pkey RENAME TO ledger_events_1_pkey;

-- One row for each event that was entered. `hash` covers the event, what it did, and the hash before it. `did` has the postings
-- and the changed records as they are afterwards, `earlier` for each of these the event that shaped it before.
-- Texts stay in their row up to 8 KB: to compress each costs more than to write it.
CREATE TABLE ledger_events (
    seq BIGINT PRIMARY KEY,
    recorded_at BIGINT NOT NULL,
    event TEXT NOT NULL,
    did BYTEA NOT NULL,
    earlier BYTEA NOT NULL,
    hash BYTEA NOT NULL
) WITH (toast_tuple_target = 8160);
CREATE TRIGGER ledger_events_update BEFORE UPDATE ON ledger_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_events_delete BEFORE DELETE ON ledger_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_events_truncate BEFORE TRUNCATE ON ledger_events EXECUTE FUNCTION refuse_change();

-- Records by the text of their keys, marks of requests among them; `seq` is the event that shaped it last, which has it.
-- Pages keep room, so that a row that changes stays on its page and in its place in the index.
CREATE TABLE ledger_records_2 (
    key TEXT COLLATE "C" PRIMARY KEY,
    seq BIGINT NOT NULL
) WITH (fillfactor = 70);
INSERT INTO ledger_records_2 (key, seq)
    SELECT key, seq FROM ledger_records UNION ALL SELECT request, seq FROM ledger_events_1;
DROP TABLE ledger_records;
ALTER TABLE ledger_records_2 RENAME TO ledger_records;
ALTER INDEX ledger_records_2_pkey RENAME TO ledger_records_pkey;

-- Nobody read them: the balance of an account is the sum of its postings, and what is judged by is a record.
DROP TABLE ledger_balances;
