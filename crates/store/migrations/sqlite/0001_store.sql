-- Rows are added and never changed. The order of the columns is the order in which a row is hashed.

-- The chain: one row for each thing that happened. `hash` covers the row and the hash before it.
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    role TEXT NOT NULL,
    tenant TEXT,
    action TEXT NOT NULL,
    subject_mac BLOB,
    mac_key TEXT,
    purpose TEXT,
    outcome TEXT NOT NULL,
    object_id TEXT,
    detail TEXT,
    record_kind TEXT,
    record_sha256 BLOB,
    hash BLOB NOT NULL
) STRICT;
CREATE INDEX audit_by_subject ON audit (subject_mac, seq) WHERE subject_mac IS NOT NULL;
CREATE TRIGGER audit_update BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'rows of audit are never changed or deleted');
END;
CREATE TRIGGER audit_delete BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'rows of audit are never changed or deleted');
END;

-- What was answered, and what it was answered from, under the key of its subject.
CREATE TABLE ratings (
    line INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    rating_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    body_sha256 BLOB NOT NULL,
    key_no INTEGER NOT NULL,
    kind TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    valid_until INTEGER NOT NULL,
    retain_until INTEGER NOT NULL,
    model_digest TEXT NOT NULL,
    snapshot_digest TEXT NOT NULL,
    sealed_answer BLOB NOT NULL,
    sealed_inputs BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX ratings_by_id ON ratings (rating_id);
CREATE UNIQUE INDEX ratings_by_request ON ratings (request_id, tenant);
CREATE INDEX ratings_by_key ON ratings (key_no, tenant, created_at, rating_id);
CREATE TRIGGER ratings_update BEFORE UPDATE ON ratings BEGIN
    SELECT RAISE(ABORT, 'rows of ratings are never changed or deleted');
END;
CREATE TRIGGER ratings_delete BEFORE DELETE ON ratings BEGIN
    SELECT RAISE(ABORT, 'rows of ratings are never changed or deleted');
END;

-- Grants. What ends one stands in `consent_ends`.
CREATE TABLE consents (
    line INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    consent_id TEXT NOT NULL UNIQUE,
    key_no INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    categories TEXT NOT NULL,
    lending_data INTEGER NOT NULL CHECK (lending_data IN (0, 1)),
    personal INTEGER NOT NULL CHECK (personal IN (0, 1)),
    granter TEXT NOT NULL,
    sealed_parties BLOB NOT NULL,
    valid_from INTEGER NOT NULL,
    valid_until INTEGER NOT NULL,
    retain_until INTEGER NOT NULL,
    text_digest TEXT NOT NULL,
    text_place TEXT NOT NULL,
    granted_at INTEGER NOT NULL
) STRICT;
CREATE INDEX consents_by_key ON consents (key_no, tenant);
CREATE INDEX consents_by_tenant ON consents (tenant, line);
CREATE TRIGGER consents_update BEFORE UPDATE ON consents BEGIN
    SELECT RAISE(ABORT, 'rows of consents are never changed or deleted');
END;
CREATE TRIGGER consents_delete BEFORE DELETE ON consents BEGIN
    SELECT RAISE(ABORT, 'rows of consents are never changed or deleted');
END;

-- Revocations.
CREATE TABLE consent_ends (
    line INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    consent_id TEXT NOT NULL UNIQUE,
    revoked_at INTEGER NOT NULL,
    revoked_by TEXT NOT NULL,
    sealed_reason BLOB NOT NULL
) STRICT;
CREATE TRIGGER consent_ends_update BEFORE UPDATE ON consent_ends BEGIN
    SELECT RAISE(ABORT, 'rows of consent_ends are never changed or deleted');
END;
CREATE TRIGGER consent_ends_delete BEFORE DELETE ON consent_ends BEGIN
    SELECT RAISE(ABORT, 'rows of consent_ends are never changed or deleted');
END;

-- What a bank decided on a rating.
CREATE TABLE decisions (
    line INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    rating_id TEXT NOT NULL,
    decision TEXT NOT NULL,
    amount_fen INTEGER,
    override_reason TEXT,
    decided_at INTEGER NOT NULL,
    decided_by TEXT NOT NULL
) STRICT;
CREATE INDEX decisions_by_rating ON decisions (rating_id);
CREATE TRIGGER decisions_update BEFORE UPDATE ON decisions BEGIN
    SELECT RAISE(ABORT, 'rows of decisions are never changed or deleted');
END;
CREATE TRIGGER decisions_delete BEFORE DELETE ON decisions BEGIN
    SELECT RAISE(ABORT, 'rows of decisions are never changed or deleted');
END;

-- An objection is opened once and moved on by later rows.
CREATE TABLE objection_events (
    line INTEGER PRIMARY KEY,
    objection_id TEXT NOT NULL,
    key_no INTEGER NOT NULL,
    rating_id TEXT,
    event TEXT NOT NULL CHECK (event IN ('opened', 'moved')),
    state TEXT NOT NULL,
    outcome TEXT,
    at INTEGER NOT NULL,
    due_on TEXT,
    sealed_text BLOB NOT NULL,
    retain_until INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX objections_opened ON objection_events (objection_id) WHERE event = 'opened';
CREATE INDEX objections_by_id ON objection_events (objection_id, line);
CREATE INDEX objections_by_key ON objection_events (key_no);
CREATE TRIGGER objection_events_update BEFORE UPDATE ON objection_events BEGIN
    SELECT RAISE(ABORT, 'rows of objection_events are never changed or deleted');
END;
CREATE TRIGGER objection_events_delete BEFORE DELETE ON objection_events BEGIN
    SELECT RAISE(ABORT, 'rows of objection_events are never changed or deleted');
END;

-- Models put to work.
CREATE TABLE activations (
    line INTEGER PRIMARY KEY,
    model_digest TEXT NOT NULL,
    author TEXT NOT NULL,
    reviewer TEXT NOT NULL,
    activated_at INTEGER NOT NULL,
    activated_by TEXT NOT NULL
) STRICT;
CREATE TRIGGER activations_update BEFORE UPDATE ON activations BEGIN
    SELECT RAISE(ABORT, 'rows of activations are never changed or deleted');
END;
CREATE TRIGGER activations_delete BEFORE DELETE ON activations BEGIN
    SELECT RAISE(ABORT, 'rows of activations are never changed or deleted');
END;

-- Who received a rating besides the tenant that asked for it.
CREATE TABLE receipts (
    line INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    rating_id TEXT NOT NULL,
    subject_mac BLOB NOT NULL,
    mac_key TEXT NOT NULL,
    received_at INTEGER NOT NULL
) STRICT;
CREATE INDEX receipts_by_subject ON receipts (subject_mac);
CREATE TRIGGER receipts_update BEFORE UPDATE ON receipts BEGIN
    SELECT RAISE(ABORT, 'rows of receipts are never changed or deleted');
END;
CREATE TRIGGER receipts_delete BEFORE DELETE ON receipts BEGIN
    SELECT RAISE(ABORT, 'rows of receipts are never changed or deleted');
END;

-- Proof that the key of a subject is gone.
CREATE TABLE key_destructions (
    line INTEGER PRIMARY KEY,
    key_no INTEGER NOT NULL UNIQUE,
    wrapped_sha256 BLOB NOT NULL,
    destroyed_at INTEGER NOT NULL
) STRICT;
CREATE TRIGGER key_destructions_update BEFORE UPDATE ON key_destructions BEGIN
    SELECT RAISE(ABORT, 'rows of key_destructions are never changed or deleted');
END;
CREATE TRIGGER key_destructions_delete BEFORE DELETE ON key_destructions BEGIN
    SELECT RAISE(ABORT, 'rows of key_destructions are never changed or deleted');
END;

-- Answers to requests other than ratings, so that a repeat has the same.
CREATE TABLE requests (
    line INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    request_id TEXT NOT NULL,
    body_sha256 BLOB NOT NULL,
    answer BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX requests_by_id ON requests (request_id, tenant);
CREATE TRIGGER requests_update BEFORE UPDATE ON requests BEGIN
    SELECT RAISE(ABORT, 'rows of requests are never changed or deleted');
END;
CREATE TRIGGER requests_delete BEFORE DELETE ON requests BEGIN
    SELECT RAISE(ABORT, 'rows of requests are never changed or deleted');
END;

-- The data key of a subject, wrapped by a key-encryption key. Sealed rows name it, and by it their subject. Destroying overwrites `wrapped`; nothing else ever changes.
CREATE TABLE subject_keys (
    key_no INTEGER PRIMARY KEY,
    subject_mac BLOB NOT NULL,
    mac_key TEXT NOT NULL,
    kek_id TEXT NOT NULL,
    wrapped BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    destroyed_at INTEGER
) STRICT;
-- One live key for a pseudonym.
CREATE UNIQUE INDEX subject_keys_by_subject ON subject_keys (subject_mac, (CASE WHEN destroyed_at IS NULL THEN 0 ELSE key_no END));
CREATE TRIGGER subject_keys_update BEFORE UPDATE ON subject_keys WHEN OLD.destroyed_at IS NOT NULL OR NEW.destroyed_at IS NULL OR length(NEW.wrapped) <> 0 OR NEW.key_no IS NOT OLD.key_no OR NEW.subject_mac IS NOT OLD.subject_mac OR NEW.mac_key IS NOT OLD.mac_key OR NEW.kek_id IS NOT OLD.kek_id OR NEW.created_at IS NOT OLD.created_at BEGIN
    SELECT RAISE(ABORT, 'rows of subject_keys are never changed or deleted');
END;
CREATE TRIGGER subject_keys_delete BEFORE DELETE ON subject_keys BEGIN
    SELECT RAISE(ABORT, 'rows of subject_keys are never changed or deleted');
END;

-- One value per key, so that a wrong key is found at opening and not at the first damaged answer.
CREATE TABLE key_checks (
    kind TEXT NOT NULL,
    key_id TEXT NOT NULL,
    check_value BLOB NOT NULL,
    PRIMARY KEY (kind, key_id)
) STRICT;
CREATE TRIGGER key_checks_update BEFORE UPDATE ON key_checks BEGIN
    SELECT RAISE(ABORT, 'rows of key_checks are never changed or deleted');
END;
CREATE TRIGGER key_checks_delete BEFORE DELETE ON key_checks BEGIN
    SELECT RAISE(ABORT, 'rows of key_checks are never changed or deleted');
END;

-- The last line of the chain. Its row is the lock that writers of several servers take.
CREATE TABLE chain (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;
INSERT INTO chain (id, seq, hash) VALUES (1, 0, zeroblob(32));
CREATE TRIGGER chain_update BEFORE UPDATE ON chain WHEN NEW.seq <= OLD.seq BEGIN
    SELECT RAISE(ABORT, 'rows of chain are never changed or deleted');
END;
CREATE TRIGGER chain_delete BEFORE DELETE ON chain BEGIN
    SELECT RAISE(ABORT, 'rows of chain are never changed or deleted');
END;
