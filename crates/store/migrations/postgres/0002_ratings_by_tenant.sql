-- A bank lists its ratings, the newest first.
CREATE INDEX ratings_by_tenant ON ratings (tenant, created_at, rating_id);
