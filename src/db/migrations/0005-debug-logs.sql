-- The log has every command in it with the values of its variables: it is for those who may change jobs.
alter table jobs add debug_log boolean not null default false;
