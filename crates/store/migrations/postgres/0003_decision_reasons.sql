-- Why a decision departs from its rating, under the key of the subject. `decisions.override_reason` is of rows before.
CREATE TABLE decision_reasons (
    line BIGINT PRIMARY KEY,
    key_no BIGINT NOT NULL,
    sealed_reason BYTEA NOT NULL
);
CREATE TRIGGER decision_reasons_update BEFORE UPDATE ON decision_reasons
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decision_reasons_delete BEFORE DELETE ON decision_reasons
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decision_reasons_truncate BEFORE TRUNCATE ON decision_reasons EXECUTE FUNCTION refuse_change();
