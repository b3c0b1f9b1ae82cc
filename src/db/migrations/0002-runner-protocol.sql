-- Counted up when somebody clears a project's runner caches: it is part of every cache key from then on.
alter table projects add jobs_cache_index integer;

-- When the archive that was removed had expired. A job that needs it fails instead of running without its files.
alter table jobs add artifacts_expired_at timestamptz(3);
