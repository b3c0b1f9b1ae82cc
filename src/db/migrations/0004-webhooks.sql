-- Webhooks ---------------------------------------------------------------------------------------------------------------

create table webhooks (
  id bigint generated always as identity primary key,
  project_id bigint references projects on delete cascade,
  group_id bigint references namespaces on delete cascade,
  url text not null,                                                -- with `{key}` where a URL variable goes
  name text,
  description text,
  token text,                                                       -- sent as it is, so it is stored as it is
  signing_token text,
  custom_headers jsonb not null default '{}',
  url_variables jsonb not null default '{}',
  custom_webhook_template text,
  enable_ssl_verification boolean not null default true,
  push_events_branch_filter text,
  branch_filter_strategy text not null default 'wildcard' check (branch_filter_strategy in ('wildcard', 'regex', 'all_branches')),
  push_events boolean not null default true,
  tag_push_events boolean not null default false,
  job_events boolean not null default false,
  pipeline_events boolean not null default false,
  deployment_events boolean not null default false,
  other_events text[] not null default '{}',                        -- flags of events that never happen here
  recent_failures integer not null default 0,                       -- in a row
  disabled_until timestamptz(3),
  busy_until timestamptz(3),                                        -- a server delivers for it; afterwards another one may
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  check (num_nonnulls(project_id, group_id) = 1)
);
create index webhooks_project on webhooks (project_id) where project_id is not null;
create index webhooks_group on webhooks (group_id) where group_id is not null;

-- The hooks that hear of a project: its own, and those of the groups above it.
create function hooks_of(p_project bigint) returns setof webhooks stable language sql as $$
  select h.* from webhooks h where h.project_id = p_project
  union all
  select h.* from projects p
    join namespaces n on n.id = p.namespace_id
    join webhooks h on h.group_id = any (n.traversal_ids)
   where p.id = p_project
$$;

-- What is still to be told: written in the transaction of the change, removed with the last attempt. One row per hook, so that a
-- hook that fails holds up no other.
create table webhook_deliveries (
  id bigint generated always as identity primary key,
  webhook_id bigint not null references webhooks on delete cascade,
  project_id bigint not null references projects on delete cascade,
  event text not null check (event in ('push', 'tag_push', 'job', 'pipeline', 'deployment')),
  subject_id bigint not null,                                       -- push, job, pipeline or deployment; it may be gone meanwhile
  details jsonb not null,                                           -- what of it changes fast, as it was at that moment
  payload json,                                                     -- from the first attempt on: every attempt sends the same text
  event_uuid uuid not null,                                         -- the same for every hook that hears of it
  idempotency_key uuid not null default gen_random_uuid(),
  attempts integer not null default 0,
  due_at timestamptz(3) not null default now(),
  created_at timestamptz(3) not null default now()
);
create index webhook_deliveries_webhook on webhook_deliveries (webhook_id, due_at);
create index webhook_deliveries_project on webhook_deliveries (project_id);
create index webhook_deliveries_due on webhook_deliveries (due_at);

-- One row per attempt (GitLab: web_hook_logs), without secrets.
create table webhook_logs (
  id bigint generated always as identity primary key,
  webhook_id bigint not null references webhooks on delete cascade,
  trigger text not null,                                            -- push_hooks, …
  url text not null,
  url_digest bytea not null,                                        -- of the URL with its variables: another one is not resent to
  event_uuid uuid not null,
  idempotency_key uuid not null,
  request_headers jsonb not null,
  request_data json not null,
  response_headers jsonb not null,
  response_body text not null,
  response_status text not null,
  execution_duration double precision not null,                     -- seconds
  internal_error_message text,
  created_at timestamptz(3) not null default now()
);
create index webhook_logs_webhook on webhook_logs (webhook_id, id);
create index webhook_logs_created on webhook_logs (created_at);
