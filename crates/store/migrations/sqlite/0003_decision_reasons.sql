-- Why a decision departs from its rating, under the key of the subject. `decisions.override_reason` is of rows before.
CREATE TABLE decision_reasons (
    line INTEGER PRIMARY KEY,
    key_no INTEGER NOT NULL,
    sealed_reason BLOB NOT NULL
) STRICT;
CREATE TRIGGER decision_reasons_update BEFORE UPDATE ON decision_reasons BEGIN
    SELECT RAISE(ABORT, 'rows of decision_reasons are never changed or deleted');
END;
CREATE TRIGGER decision_reasons_delete BEFORE DELETE ON decision_reasons BEGIN
    SELECT RAISE(ABORT, 'rows of decision_reasons are never changed or deleted');
END;
