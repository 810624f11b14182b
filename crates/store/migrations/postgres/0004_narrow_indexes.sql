-- Each rating wrote a page at random for each of two wide indexes. A rating's line is found through the rating.
DROP INDEX audit_by_subject;
CREATE INDEX audit_by_subject ON audit (subject_mac, seq) WHERE COALESCE(record_kind, '') <> 'ratings' AND subject_mac IS NOT NULL;
-- A subject has few ratings: those are sorted when they are asked for, and a narrow index has a seventh of the pages.
DROP INDEX ratings_by_key;
CREATE INDEX ratings_by_key ON ratings (key_no, line);
