-- People of the bureau and the districts who sign in to the dashboard.

-- Who may sign in to the dashboard: each row is all that is known of a person since its line; the last one of a name holds.
CREATE TABLE staff (
    line INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    shown_as TEXT NOT NULL,
    role TEXT NOT NULL,
    district TEXT,
    password TEXT NOT NULL,
    disabled INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    changed_by TEXT NOT NULL
) STRICT;
CREATE INDEX staff_by_name ON staff (name, line);
CREATE TRIGGER staff_update BEFORE UPDATE ON staff BEGIN
    SELECT RAISE(ABORT, 'rows of staff are never changed or deleted');
END;
CREATE TRIGGER staff_delete BEFORE DELETE ON staff BEGIN
    SELECT RAISE(ABORT, 'rows of staff are never changed or deleted');
END;

-- A session of a person who signed in. Only the digest of its token is here: who reads this table can not be anybody.
CREATE TABLE sessions (
    line INTEGER PRIMARY KEY,
    token_sha256 BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_name ON sessions (name, line);
CREATE TRIGGER sessions_update BEFORE UPDATE ON sessions BEGIN
    SELECT RAISE(ABORT, 'rows of sessions are never changed or deleted');
END;
CREATE TRIGGER sessions_delete BEFORE DELETE ON sessions BEGIN
    SELECT RAISE(ABORT, 'rows of sessions are never changed or deleted');
END;

-- A session that was ended before its time.
CREATE TABLE session_ends (
    line INTEGER PRIMARY KEY,
    token_sha256 BLOB NOT NULL UNIQUE,
    ended_at INTEGER NOT NULL
) STRICT;
CREATE TRIGGER session_ends_update BEFORE UPDATE ON session_ends BEGIN
    SELECT RAISE(ABORT, 'rows of session_ends are never changed or deleted');
END;
CREATE TRIGGER session_ends_delete BEFORE DELETE ON session_ends BEGIN
    SELECT RAISE(ABORT, 'rows of session_ends are never changed or deleted');
END;

-- Sign-ins that failed, by a pseudonym of the name that was given: it may be nobody's, or a password.
CREATE TABLE sign_in_failures (
    line INTEGER PRIMARY KEY,
    name_mac BLOB NOT NULL,
    failed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sign_in_failures_by_name ON sign_in_failures (name_mac, line);
CREATE TRIGGER sign_in_failures_update BEFORE UPDATE ON sign_in_failures BEGIN
    SELECT RAISE(ABORT, 'rows of sign_in_failures are never changed or deleted');
END;
CREATE TRIGGER sign_in_failures_delete BEFORE DELETE ON sign_in_failures BEGIN
    SELECT RAISE(ABORT, 'rows of sign_in_failures are never changed or deleted');
END;
