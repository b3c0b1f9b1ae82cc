-- What starts pipelines in somebody's name: trigger tokens and schedules. The pipeline has the rights of their owner, judged each time.

create table triggers (
  id bigint generated always as identity primary key,
  project_id bigint not null references projects on delete cascade,
  owner_id bigint not null references users on delete cascade,
  description text,
  token text not null,                                              -- shown to its owner again (docs/decisions/0005-trigger-tokens.md)
  token_digest bytea not null unique,                               -- SHA-256 of it: what a call is looked up by
  expires_at timestamptz(3),
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now()
);
create index triggers_project on triggers (project_id, id);
create index triggers_owner on triggers (owner_id);

create table pipeline_schedules (
  id bigint generated always as identity primary key,
  project_id bigint not null references projects on delete cascade,
  owner_id bigint references users on delete set null,              -- null: the user was removed; it never runs until somebody takes it
  description text not null,
  ref text not null,                                                -- full name: refs/heads/main
  cron text not null,                                               -- five fields
  cron_timezone text not null default 'UTC',
  active boolean not null default true,
  next_run_at timestamptz(3) not null,
  last_error text,                                                  -- why the last run made no pipeline
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now()
);
create index pipeline_schedules_project on pipeline_schedules (project_id, id);
create index pipeline_schedules_owner on pipeline_schedules (owner_id);
create index pipeline_schedules_due on pipeline_schedules (next_run_at) where active;

create table pipeline_schedule_variables (
  schedule_id bigint not null references pipeline_schedules on delete cascade,
  key text not null,
  value text not null,
  variable_type text not null default 'env_var' check (variable_type in ('env_var', 'file')),
  primary key (schedule_id, key)
);

create table pipeline_schedule_inputs (
  schedule_id bigint not null references pipeline_schedules on delete cascade,
  name text not null,
  value jsonb not null,
  primary key (schedule_id, name)
);

-- Pipelines outlive what started them.
alter table pipelines
  add foreign key (schedule_id) references pipeline_schedules on delete set null,
  add foreign key (trigger_id) references triggers on delete set null;
create index pipelines_schedule on pipelines (schedule_id, id) where schedule_id is not null;
create index pipelines_trigger on pipelines (trigger_id, id) where trigger_id is not null;
