-- Rows are added and never changed. The order of the columns is the order in which a row is hashed.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

-- The chain: one row for each thing that happened. `hash` covers the row and the hash before it.
CREATE TABLE audit (
    seq BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    role TEXT NOT NULL,
    tenant TEXT,
    action TEXT NOT NULL,
    subject_mac BYTEA,
    mac_key TEXT,
    purpose TEXT,
    outcome TEXT NOT NULL,
    object_id TEXT,
    detail TEXT,
    record_kind TEXT,
    record_sha256 BYTEA,
    hash BYTEA NOT NULL
);
CREATE INDEX audit_by_subject ON audit (subject_mac, seq) WHERE subject_mac IS NOT NULL;
CREATE TRIGGER audit_update BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_delete BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON audit EXECUTE FUNCTION refuse_change();

-- What was answered, and what it was answered from, under the key of its subject.
CREATE TABLE ratings (
    line BIGINT PRIMARY KEY,
    tenant TEXT NOT NULL,
    rating_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    body_sha256 BYTEA NOT NULL,
    key_no BIGINT NOT NULL,
    kind TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    valid_until BIGINT NOT NULL,
    retain_until BIGINT NOT NULL,
    model_digest TEXT NOT NULL,
    snapshot_digest TEXT NOT NULL,
    sealed_answer BYTEA NOT NULL,
    sealed_inputs BYTEA NOT NULL
);
CREATE UNIQUE INDEX ratings_by_id ON ratings (rating_id);
CREATE UNIQUE INDEX ratings_by_request ON ratings (request_id, tenant);
CREATE INDEX ratings_by_key ON ratings (key_no, tenant, created_at, rating_id);
CREATE TRIGGER ratings_update BEFORE UPDATE ON ratings FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ratings_delete BEFORE DELETE ON ratings FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ratings_truncate BEFORE TRUNCATE ON ratings EXECUTE FUNCTION refuse_change();

-- Grants. What ends one stands in `consent_ends`.
CREATE TABLE consents (
    line BIGINT PRIMARY KEY,
    tenant TEXT NOT NULL,
    consent_id TEXT NOT NULL UNIQUE,
    key_no BIGINT NOT NULL,
    purpose TEXT NOT NULL,
    categories TEXT NOT NULL,
    lending_data BIGINT NOT NULL CHECK (lending_data IN (0, 1)),
    personal BIGINT NOT NULL CHECK (personal IN (0, 1)),
    granter TEXT NOT NULL,
    sealed_parties BYTEA NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_until BIGINT NOT NULL,
    retain_until BIGINT NOT NULL,
    text_digest TEXT NOT NULL,
    text_place TEXT NOT NULL,
    granted_at BIGINT NOT NULL
);
CREATE INDEX consents_by_key ON consents (key_no, tenant);
CREATE INDEX consents_by_tenant ON consents (tenant, line);
CREATE TRIGGER consents_update BEFORE UPDATE ON consents FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER consents_delete BEFORE DELETE ON consents FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER consents_truncate BEFORE TRUNCATE ON consents EXECUTE FUNCTION refuse_change();

-- Revocations.
CREATE TABLE consent_ends (
    line BIGINT PRIMARY KEY,
    tenant TEXT NOT NULL,
    consent_id TEXT NOT NULL UNIQUE,
    revoked_at BIGINT NOT NULL,
    revoked_by TEXT NOT NULL,
    sealed_reason BYTEA NOT NULL
);
CREATE TRIGGER consent_ends_update BEFORE UPDATE ON consent_ends FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER consent_ends_delete BEFORE DELETE ON consent_ends FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER consent_ends_truncate BEFORE TRUNCATE ON consent_ends EXECUTE FUNCTION refuse_change();

-- What a bank decided on a rating.
CREATE TABLE decisions (
    line BIGINT PRIMARY KEY,
    tenant TEXT NOT NULL,
    rating_id TEXT NOT NULL,
    decision TEXT NOT NULL,
    amount_fen BIGINT,
    override_reason TEXT,
    decided_at BIGINT NOT NULL,
    decided_by TEXT NOT NULL
);
CREATE INDEX decisions_by_rating ON decisions (rating_id);
CREATE TRIGGER decisions_update BEFORE UPDATE ON decisions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decisions_delete BEFORE DELETE ON decisions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decisions_truncate BEFORE TRUNCATE ON decisions EXECUTE FUNCTION refuse_change();

-- An objection is opened once and moved on by later rows.
CREATE TABLE objection_events (
    line BIGINT PRIMARY KEY,
    objection_id TEXT NOT NULL,
    key_no BIGINT NOT NULL,
    rating_id TEXT,
    event TEXT NOT NULL CHECK (event IN ('opened', 'moved')),
    state TEXT NOT NULL,
    outcome TEXT,
    at BIGINT NOT NULL,
    due_on TEXT,
    sealed_text BYTEA NOT NULL,
    retain_until BIGINT NOT NULL
);
CREATE UNIQUE INDEX objections_opened ON objection_events (objection_id) WHERE event = 'opened';
CREATE INDEX objections_by_id ON objection_events (objection_id, line);
CREATE INDEX objections_by_key ON objection_events (key_no);
CREATE TRIGGER objection_events_update BEFORE UPDATE ON objection_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER objection_events_delete BEFORE DELETE ON objection_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER objection_events_truncate BEFORE TRUNCATE ON objection_events EXECUTE FUNCTION refuse_change();

-- Models put to work.
CREATE TABLE activations (
    line BIGINT PRIMARY KEY,
    model_digest TEXT NOT NULL,
    author TEXT NOT NULL,
    reviewer TEXT NOT NULL,
    activated_at BIGINT NOT NULL,
    activated_by TEXT NOT NULL
);
CREATE TRIGGER activations_update BEFORE UPDATE ON activations FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER activations_delete BEFORE DELETE ON activations FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER activations_truncate BEFORE TRUNCATE ON activations EXECUTE FUNCTION refuse_change();

-- Who received a rating besides the tenant that asked for it.
CREATE TABLE receipts (
    line BIGINT PRIMARY KEY,
    tenant TEXT NOT NULL,
    rating_id TEXT NOT NULL,
    subject_mac BYTEA NOT NULL,
    mac_key TEXT NOT NULL,
    received_at BIGINT NOT NULL
);
CREATE INDEX receipts_by_subject ON receipts (subject_mac);
CREATE TRIGGER receipts_update BEFORE UPDATE ON receipts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER receipts_delete BEFORE DELETE ON receipts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER receipts_truncate BEFORE TRUNCATE ON receipts EXECUTE FUNCTION refuse_change();

-- Proof that the key of a subject is gone.
CREATE TABLE key_destructions (
    line BIGINT PRIMARY KEY,
    key_no BIGINT NOT NULL UNIQUE,
    wrapped_sha256 BYTEA NOT NULL,
    destroyed_at BIGINT NOT NULL
);
CREATE TRIGGER key_destructions_update BEFORE UPDATE ON key_destructions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER key_destructions_delete BEFORE DELETE ON key_destructions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER key_destructions_truncate BEFORE TRUNCATE ON key_destructions EXECUTE FUNCTION refuse_change();

-- Answers to requests other than ratings, so that a repeat has the same.
CREATE TABLE requests (
    line BIGINT PRIMARY KEY,
    tenant TEXT NOT NULL,
    request_id TEXT NOT NULL,
    body_sha256 BYTEA NOT NULL,
    answer BYTEA NOT NULL
);
CREATE UNIQUE INDEX requests_by_id ON requests (request_id, tenant);
CREATE TRIGGER requests_update BEFORE UPDATE ON requests FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER requests_delete BEFORE DELETE ON requests FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER requests_truncate BEFORE TRUNCATE ON requests EXECUTE FUNCTION refuse_change();

-- The data key of a subject, wrapped by a key-encryption key. Sealed rows name it, and by it their subject. Destroying overwrites `wrapped`; nothing else ever changes.
CREATE TABLE subject_keys (
    key_no BIGINT PRIMARY KEY,
    subject_mac BYTEA NOT NULL,
    mac_key TEXT NOT NULL,
    kek_id TEXT NOT NULL,
    wrapped BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    destroyed_at BIGINT
);
-- One live key for a pseudonym.
CREATE UNIQUE INDEX subject_keys_by_subject ON subject_keys (subject_mac, (CASE WHEN destroyed_at IS NULL THEN 0 ELSE key_no END));
CREATE TRIGGER subject_keys_update BEFORE UPDATE ON subject_keys FOR EACH ROW WHEN (OLD.destroyed_at IS NOT NULL OR NEW.destroyed_at IS NULL OR length(NEW.wrapped) <> 0 OR NEW.key_no IS DISTINCT FROM OLD.key_no OR NEW.subject_mac IS DISTINCT FROM OLD.subject_mac OR NEW.mac_key IS DISTINCT FROM OLD.mac_key OR NEW.kek_id IS DISTINCT FROM OLD.kek_id OR NEW.created_at IS DISTINCT FROM OLD.created_at) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER subject_keys_delete BEFORE DELETE ON subject_keys FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER subject_keys_truncate BEFORE TRUNCATE ON subject_keys EXECUTE FUNCTION refuse_change();

-- One value per key, so that a wrong key is found at opening and not at the first damaged answer.
CREATE TABLE key_checks (
    kind TEXT NOT NULL,
    key_id TEXT NOT NULL,
    check_value BYTEA NOT NULL,
    PRIMARY KEY (kind, key_id)
);
CREATE TRIGGER key_checks_update BEFORE UPDATE ON key_checks FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER key_checks_delete BEFORE DELETE ON key_checks FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER key_checks_truncate BEFORE TRUNCATE ON key_checks EXECUTE FUNCTION refuse_change();

-- The last line of the chain. Its row is the lock that writers of several servers take.
CREATE TABLE chain (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL
);
INSERT INTO chain (id, seq, hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'));
CREATE TRIGGER chain_update BEFORE UPDATE ON chain FOR EACH ROW WHEN (NEW.seq <= OLD.seq) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER chain_delete BEFORE DELETE ON chain FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER chain_truncate BEFORE TRUNCATE ON chain EXECUTE FUNCTION refuse_change();
