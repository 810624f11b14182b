-- People of the bureau and the districts who sign in to the dashboard.

-- Who may sign in to the dashboard: each row is all that is known of a person since its line; the last one of a name holds.
CREATE TABLE staff (
    line BIGINT PRIMARY KEY,
    name TEXT NOT NULL,
    shown_as TEXT NOT NULL,
    role TEXT NOT NULL,
    district TEXT,
    password TEXT NOT NULL,
    disabled BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL
);
CREATE INDEX staff_by_name ON staff (name, line);
CREATE TRIGGER staff_update BEFORE UPDATE ON staff FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER staff_delete BEFORE DELETE ON staff FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER staff_truncate BEFORE TRUNCATE ON staff EXECUTE FUNCTION refuse_change();

-- A session of a person who signed in. Only the digest of its token is here: who reads this table can not be anybody.
CREATE TABLE sessions (
    line BIGINT PRIMARY KEY,
    token_sha256 BYTEA NOT NULL UNIQUE,
    name TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    until BIGINT NOT NULL
);
CREATE INDEX sessions_by_name ON sessions (name, line);
CREATE TRIGGER sessions_update BEFORE UPDATE ON sessions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER sessions_delete BEFORE DELETE ON sessions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER sessions_truncate BEFORE TRUNCATE ON sessions EXECUTE FUNCTION refuse_change();

-- A session that was ended before its time.
CREATE TABLE session_ends (
    line BIGINT PRIMARY KEY,
    token_sha256 BYTEA NOT NULL UNIQUE,
    ended_at BIGINT NOT NULL
);
CREATE TRIGGER session_ends_update BEFORE UPDATE ON session_ends FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER session_ends_delete BEFORE DELETE ON session_ends FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER session_ends_truncate BEFORE TRUNCATE ON session_ends EXECUTE FUNCTION refuse_change();

-- Sign-ins that failed, by a pseudonym of the name that was given: it may be nobody's, or a password.
CREATE TABLE sign_in_failures (
    line BIGINT PRIMARY KEY,
    name_mac BYTEA NOT NULL,
    failed_at BIGINT NOT NULL
);
CREATE INDEX sign_in_failures_by_name ON sign_in_failures (name_mac, line);
CREATE TRIGGER sign_in_failures_update BEFORE UPDATE ON sign_in_failures FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER sign_in_failures_delete BEFORE DELETE ON sign_in_failures FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER sign_in_failures_truncate BEFORE TRUNCATE ON sign_in_failures EXECUTE FUNCTION refuse_change();
