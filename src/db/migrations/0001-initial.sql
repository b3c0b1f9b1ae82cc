-- People -------------------------------------------------------------------------------------------------------------

create table users (
  id bigint generated always as identity primary key,
  username text not null,
  name text not null,
  email text not null,
  password_digest text,                       -- argon2id; null: cannot sign in with a password
  state text not null default 'active' check (state in ('active', 'blocked', 'deactivated')),
  is_admin boolean not null default false,
  user_type text not null default 'human' check (user_type in ('human', 'project_bot', 'group_bot')),
  profile jsonb not null default '{}',        -- what people say of themselves: bio, location, …
  preferences jsonb not null default '{}',
  created_by_id bigint references users on delete set null,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now()
);
create unique index users_username on users (lower(username));
create unique index users_email on users (lower(email));

create table access_tokens (
  id bigint generated always as identity primary key,
  user_id bigint not null references users on delete cascade,
  name text not null,
  description text,
  token_digest bytea not null unique,         -- SHA-256 of the token; the token itself is never stored
  scopes text[] not null,
  expires_at date,
  revoked_at timestamptz(3),
  last_used_at timestamptz(3),
  last_used_ips text[] not null default '{}', -- the five most recent, newest first
  previous_id bigint references access_tokens on delete set null,   -- what this one was rotated from
  created_by_id bigint references users on delete set null,
  created_at timestamptz(3) not null default now()
);
create index access_tokens_user on access_tokens (user_id);
create index access_tokens_previous on access_tokens (previous_id) where previous_id is not null;

create table sessions (
  id bigint generated always as identity primary key,
  token_digest bytea not null unique,
  user_id bigint not null references users on delete cascade,
  ip text,
  user_agent text,
  created_at timestamptz(3) not null default now(),
  last_seen_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null
);
create index sessions_user on sessions (user_id);

-- Places -------------------------------------------------------------------------------------------------------------

create table namespaces (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('group', 'user')),
  parent_id bigint references namespaces on delete cascade,
  owner_id bigint references users on delete cascade,               -- only for kind 'user'
  path text not null,
  name text not null,
  full_path text not null,
  full_name text not null,
  description text not null default '',
  visibility text not null default 'private' check (visibility in ('private', 'internal', 'public')),
  traversal_ids bigint[] not null default '{}',                     -- ancestors from the root, itself last
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  check ((kind = 'user') = (owner_id is not null))
);
create index namespaces_parent on namespaces (parent_id);
create unique index namespaces_owner on namespaces (owner_id) where owner_id is not null;
create index namespaces_traversal on namespaces using gin (traversal_ids);

create table projects (
  id bigint generated always as identity primary key,
  namespace_id bigint not null references namespaces on delete restrict,
  path text not null,
  name text not null,
  full_path text not null,
  description text,
  visibility text not null default 'private' check (visibility in ('private', 'internal', 'public')),
  default_branch text not null default 'main',
  creator_id bigint references users on delete set null,
  archived boolean not null default false,
  allow_pipeline_trigger_approve_deployment boolean not null default false,
  ci_forward_deployment_enabled boolean not null default true,
  ci_forward_deployment_rollback_allowed boolean not null default true,
  auto_cancel_pending_pipelines boolean not null default true,
  public_jobs boolean not null default true,
  keep_latest_artifact boolean not null default true,
  shared_runners_enabled boolean not null default true,
  group_runners_enabled boolean not null default true,
  build_timeout integer not null default 3600,                      -- seconds
  ci_config_path text,
  ci_default_git_depth integer default 20,
  resource_group_default_process_mode text not null default 'unordered',
  last_activity_at timestamptz(3) not null default now(),
  repository_maintained_at timestamptz(3),
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now()
);
create index projects_namespace on projects (namespace_id);

-- Tokens of projects and groups: each has a bot user of its own, who is a member there.
alter table access_tokens
  add column project_id bigint references projects on delete cascade,
  add column group_id bigint references namespaces on delete cascade,
  add check (num_nonnulls(project_id, group_id) <= 1);
create index access_tokens_project on access_tokens (project_id) where project_id is not null;
create index access_tokens_group on access_tokens (group_id) where group_id is not null;

-- One name space for groups and projects, so that a path means one thing.
create table routes (
  path text primary key,                                            -- lower case
  namespace_id bigint references namespaces on delete cascade,
  project_id bigint references projects on delete cascade,
  check (num_nonnulls(namespace_id, project_id) = 1)
);
create index routes_namespace on routes (namespace_id) where namespace_id is not null;
create index routes_project on routes (project_id) where project_id is not null;

create table members (
  id bigint generated always as identity primary key,
  user_id bigint not null references users on delete cascade,
  namespace_id bigint references namespaces on delete cascade,
  project_id bigint references projects on delete cascade,
  access_level integer not null check (access_level in (10, 15, 20, 30, 40, 50)),
  expires_at date,                                                  -- the first day without access
  created_by_id bigint references users on delete set null,
  created_at timestamptz(3) not null default now(),
  check (num_nonnulls(namespace_id, project_id) = 1)
);
create unique index members_namespace on members (namespace_id, user_id) where namespace_id is not null;
create unique index members_project on members (project_id, user_id) where project_id is not null;
create index members_user on members (user_id);
create index members_expires on members (expires_at) where expires_at is not null;

create table project_group_links (
  id bigint generated always as identity primary key,
  project_id bigint not null references projects on delete cascade,
  group_id bigint not null references namespaces on delete cascade,
  group_access integer not null,
  expires_at date,
  created_at timestamptz(3) not null default now(),
  unique (project_id, group_id)
);
create index project_group_links_group on project_group_links (group_id);

create table group_group_links (
  id bigint generated always as identity primary key,
  shared_group_id bigint not null references namespaces on delete cascade,
  shared_with_group_id bigint not null references namespaces on delete cascade,
  group_access integer not null,
  expires_at date,
  created_at timestamptz(3) not null default now(),
  unique (shared_group_id, shared_with_group_id)
);
create index group_group_links_with on group_group_links (shared_with_group_id);

create function today() returns date stable language sql as $$ select (now() at time zone 'utc')::date $$;

-- The highest role a person has in a group: own, inherited from ancestors, or through a group that was invited. 0: none.
create function group_role(p_user bigint, p_group bigint) returns integer stable language sql as $$
  select coalesce(max(level), 0) from (
    select m.access_level as level
      from namespaces g join members m on m.namespace_id = any (g.traversal_ids)
     where g.id = p_group and m.user_id = p_user and (m.expires_at is null or m.expires_at > today())
    union all
    select least(k.group_access, m.access_level)
      from namespaces g
      join group_group_links k on k.shared_group_id = any (g.traversal_ids)
      join namespaces w on w.id = k.shared_with_group_id
      join members m on m.namespace_id = any (w.traversal_ids)
     where g.id = p_group and m.user_id = p_user
       and (k.expires_at is null or k.expires_at > today()) and (m.expires_at is null or m.expires_at > today())
  ) levels
$$;

-- The highest role a person has in a project: own, through its namespace, or through an invited group. 0: none.
create function project_role(p_user bigint, p_project bigint) returns integer stable language sql as $$
  select coalesce(max(level), 0) from (
    select m.access_level as level from members m
     where m.project_id = p_project and m.user_id = p_user and (m.expires_at is null or m.expires_at > today())
    union all
    select case when n.kind = 'user' then (case when n.owner_id = p_user then 50 else 0 end) else group_role(p_user, n.id) end
      from projects p join namespaces n on n.id = p.namespace_id where p.id = p_project
    union all
    select least(k.group_access, group_role(p_user, k.group_id)) from project_group_links k
     where k.project_id = p_project and (k.expires_at is null or k.expires_at > today())
  ) levels
$$;

-- The same as sets: every group and every project in which a person has a role. For lists, where asking one by one is too slow.
create function group_roles(p_user bigint) returns table (group_id bigint, access_level integer) stable language sql as $$
  with reach as (
    select g.id, m.access_level
      from members m join namespaces g on g.traversal_ids @> array[m.namespace_id]
     where m.user_id = p_user and m.namespace_id is not null and (m.expires_at is null or m.expires_at > today())
  ), levels as (
    select * from reach
    union all
    select g.id, least(k.group_access, r.access_level)
      from reach r
      join group_group_links k on k.shared_with_group_id = r.id
      join namespaces g on g.traversal_ids @> array[k.shared_group_id]
     where k.expires_at is null or k.expires_at > today()
  )
  select id, max(access_level) from levels group by id
$$;

create function project_roles(p_user bigint) returns table (project_id bigint, access_level integer) stable language sql as $$
  with groups as (select * from group_roles(p_user)), levels as (
    select m.project_id, m.access_level from members m
     where m.user_id = p_user and m.project_id is not null and (m.expires_at is null or m.expires_at > today())
    union all
    select p.id, r.access_level from groups r join projects p on p.namespace_id = r.group_id
    union all
    select p.id, 50 from namespaces n join projects p on p.namespace_id = n.id where n.owner_id = p_user
    union all
    select k.project_id, least(k.group_access, r.access_level)
      from groups r join project_group_links k on k.group_id = r.group_id
     where k.expires_at is null or k.expires_at > today()
  )
  select project_id, max(access_level) from levels group by project_id
$$;

-- Everybody with a role in a group: their best membership, own, inherited from ancestors, or through a group that was invited.
create function all_group_members(p_group bigint) returns table (
  user_id bigint, access_level integer, expires_at date, created_at timestamptz(3), created_by_id bigint, member_id bigint
) stable language sql as $$
  select distinct on (user_id) * from (
    select m.user_id, m.access_level, m.expires_at, m.created_at, m.created_by_id, m.id
      from namespaces g join members m on m.namespace_id = any (g.traversal_ids)
     where g.id = p_group and (m.expires_at is null or m.expires_at > today())
    union all
    select m.user_id, least(k.group_access, m.access_level), least(k.expires_at, m.expires_at), m.created_at, m.created_by_id, m.id
      from namespaces g
      join group_group_links k on k.shared_group_id = any (g.traversal_ids)
      join namespaces w on w.id = k.shared_with_group_id
      join members m on m.namespace_id = any (w.traversal_ids)
     where g.id = p_group
       and (k.expires_at is null or k.expires_at > today()) and (m.expires_at is null or m.expires_at > today())
  ) found order by user_id, access_level desc, id
$$;

-- Everybody with a role in a project, likewise.
create function all_project_members(p_project bigint) returns table (
  user_id bigint, access_level integer, expires_at date, created_at timestamptz(3), created_by_id bigint, member_id bigint
) stable language sql as $$
  select distinct on (user_id) * from (
    select m.user_id, m.access_level, m.expires_at, m.created_at, m.created_by_id, m.id
      from members m where m.project_id = p_project and (m.expires_at is null or m.expires_at > today())
    union all
    select a.* from projects p cross join lateral all_group_members(p.namespace_id) a where p.id = p_project
    union all
    select n.owner_id, 50, null, p.created_at, null, 0
      from projects p join namespaces n on n.id = p.namespace_id where p.id = p_project and n.owner_id is not null
    union all
    select a.user_id, least(k.group_access, a.access_level), least(k.expires_at, a.expires_at), a.created_at, a.created_by_id, a.member_id
      from project_group_links k cross join lateral all_group_members(k.group_id) a
     where k.project_id = p_project and (k.expires_at is null or k.expires_at > today())
  ) found order by user_id, access_level desc, id
$$;

-- Counters behind `iid`, one row per project and kind.
create table internal_ids (
  project_id bigint not null references projects on delete cascade,
  usage text not null check (usage in ('pipelines', 'deployments')),
  last_value bigint not null,
  primary key (project_id, usage)
);

-- Pipelines and jobs ---------------------------------------------------------------------------------------------------

-- Written before git changes a ref and settled with the pipelines it caused, so that a crash between the two loses no pipeline.
create table pushes (
  id bigint generated always as identity primary key,
  project_id bigint not null references projects on delete cascade,
  user_id bigint not null references users on delete cascade,
  ref text not null,                                                -- full name: refs/heads/main
  before_sha text not null,
  after_sha text not null,
  options jsonb not null default '[]',
  settled_at timestamptz(3),
  created_at timestamptz(3) not null default now()
);
create index pushes_unsettled on pushes (id) where settled_at is null;
create index pushes_project on pushes (project_id, created_at);
create index pushes_settled on pushes (settled_at) where settled_at is not null;

create table pipelines (
  id bigint generated always as identity primary key,
  iid bigint not null,
  project_id bigint not null references projects on delete cascade,
  ref text not null,                                                -- short name: main
  tag boolean not null,
  sha text not null,
  before_sha text not null,
  source text not null,
  status text not null,
  user_id bigint references users on delete set null,
  requester_id bigint references users on delete set null,          -- who asked first: also behind trigger jobs the creator of its deployments
  name text,
  yaml_errors text,
  failure_reason text,
  protected boolean not null default false,
  "freeze" boolean not null default false,                            -- created inside a freeze period
  auto_cancel_on_new_commit text not null default 'conservative',
  auto_cancel_on_job_failure text not null default 'none',
  commit_title text not null default '',
  predefined jsonb not null default '[]',                           -- variables fixed at creation (reference B4, phases P and R)
  parent_pipeline_id bigint references pipelines on delete cascade,
  upstream_job_id bigint,                                           -- the bridge that made this pipeline
  push_id bigint references pushes on delete set null,
  schedule_id bigint,
  trigger_id bigint,
  auto_canceled_by_id bigint references pipelines on delete set null,
  committed_at timestamptz(3),
  started_at timestamptz(3),
  finished_at timestamptz(3),
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  unique (project_id, iid)
);
create index pipelines_project on pipelines (project_id, id);
create index pipelines_ref on pipelines (project_id, ref, id);
create index pipelines_sha on pipelines (project_id, sha, id);
create unique index pipelines_push on pipelines (push_id) where push_id is not null;
create index pipelines_parent on pipelines (parent_pipeline_id) where parent_pipeline_id is not null;
create index pipelines_auto_canceled_by on pipelines (auto_canceled_by_id) where auto_canceled_by_id is not null;
create unique index pipelines_upstream on pipelines (upstream_job_id) where upstream_job_id is not null;

-- What must happen to a pipeline, or to the trigger job that made it, because of another pipeline. Written in the transaction that
-- causes it and removed in the one that does it: nobody holds the leases of two pipelines at once.
create table pipeline_errands (
  pipeline_id bigint not null references pipelines on delete cascade,
  kind text not null check (kind in ('cancel', 'resume_upstream')),
  user_id bigint references users on delete cascade,                -- who caused it; null: the server
  created_at timestamptz(3) not null default now(),
  primary key (pipeline_id, kind)
);

create table pipeline_variables (
  pipeline_id bigint not null references pipelines on delete cascade,
  key text not null,
  value text not null,
  variable_type text not null default 'env_var' check (variable_type in ('env_var', 'file')),
  raw boolean not null default false,
  primary key (pipeline_id, key)
);

create table resource_groups (
  id bigint generated always as identity primary key,
  project_id bigint not null references projects on delete cascade,
  key text not null,
  process_mode text not null default 'unordered' check (process_mode in ('unordered', 'oldest_first', 'newest_first', 'newest_ready_first')),
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  unique (project_id, key)
);

create table runners (
  id bigint generated always as identity primary key,
  runner_type text not null check (runner_type in ('instance_type', 'group_type', 'project_type')),
  description text,
  maintenance_note text,
  token_digest bytea not null unique,
  short_token text not null,                                        -- the first characters, to recognise it by
  paused boolean not null default false,
  locked boolean not null default false,
  run_untagged boolean not null default true,
  access_level text not null default 'not_protected' check (access_level in ('not_protected', 'ref_protected')),
  maximum_timeout integer,                                          -- seconds
  tag_list text[] not null default '{}',
  registration_type text not null default 'authenticated_user',
  creator_id bigint references users on delete set null,
  contacted_at timestamptz(3),
  created_at timestamptz(3) not null default now()
);

create table runner_projects (
  runner_id bigint not null references runners on delete cascade,
  project_id bigint not null references projects on delete cascade,
  primary key (runner_id, project_id)
);
create index runner_projects_project on runner_projects (project_id);

create table runner_namespaces (
  runner_id bigint not null references runners on delete cascade,
  namespace_id bigint not null references namespaces on delete cascade,
  primary key (runner_id, namespace_id)
);
create index runner_namespaces_namespace on runner_namespaces (namespace_id);

-- A machine that uses a runner's token (GitLab: runner manager).
create table runner_managers (
  id bigint generated always as identity primary key,
  runner_id bigint not null references runners on delete cascade,
  system_id text not null,
  version text,
  revision text,
  platform text,
  architecture text,
  executor text,
  features jsonb not null default '{}',
  ip text,
  contacted_at timestamptz(3) not null default now(),
  created_at timestamptz(3) not null default now(),
  unique (runner_id, system_id)
);

-- Tokens with which a runner registers itself. Exactly one row per owner; the instance's has neither column.
create table registration_tokens (
  token_digest bytea primary key,
  namespace_id bigint unique references namespaces on delete cascade,
  project_id bigint unique references projects on delete cascade,
  created_at timestamptz(3) not null default now()
);
create unique index registration_tokens_instance on registration_tokens ((true)) where namespace_id is null and project_id is null;

create table environments (
  id bigint generated always as identity primary key,
  project_id bigint not null references projects on delete cascade,
  name text not null,
  slug text not null,
  external_url text,
  description text,
  tier text not null check (tier in ('production', 'staging', 'testing', 'development', 'other')),
  state text not null default 'available' check (state in ('available', 'stopping', 'stopped')),
  auto_stop_at timestamptz(3),
  auto_stop_setting text not null default 'always' check (auto_stop_setting in ('always', 'with_action')),
  auto_delete_at timestamptz(3),                                    -- a stopped review app that somebody asked to clean up
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  unique (project_id, name),
  unique (project_id, slug)
);
create index environments_auto_stop on environments (auto_stop_at) where auto_stop_at is not null;
create index environments_auto_delete on environments (auto_delete_at) where auto_delete_at is not null;

-- When a project does not want deployments. Sets CI_DEPLOY_FREEZE in the pipelines created meanwhile, and nothing else.
create table freeze_periods (
  id bigint generated always as identity primary key,
  project_id bigint not null references projects on delete cascade,
  freeze_start text not null,                                       -- cron, five fields
  freeze_end text not null,
  cron_timezone text not null default 'UTC',
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now()
);
create index freeze_periods_project on freeze_periods (project_id, id);

create table jobs (
  id bigint generated always as identity primary key,
  pipeline_id bigint not null references pipelines on delete cascade,
  project_id bigint not null references projects on delete cascade,
  name text not null,
  stage text not null,
  stage_index integer not null,
  status text not null,
  "when" text not null,
  allow_failure boolean not null,
  plan jsonb not null,                                              -- ci/types.ts JobPlan
  is_bridge boolean not null default false,
  environment_id bigint references environments on delete set null,
  environment_action text,                                          -- null: no environment
  user_id bigint references users on delete set null,
  runner_id bigint references runners on delete set null,
  runner_manager_id bigint references runner_managers on delete set null,
  token_digest bytea unique,                                        -- of the job token, from hand-over to completion
  assigned_at timestamptz(3),                                       -- handed to a runner that has not said `running` yet
  failure_reason text,
  failure_message text,                                             -- what the reason leaves open, for a person
  exit_code integer,
  retried boolean not null default false,
  retry_of bigint references jobs on delete set null,
  retries integer not null default 0,                               -- how many automatic retries came before this job
  enqueue_immediately boolean not null default false,               -- a retried or played job does not wait for `when` again
  resource_group_id bigint references resource_groups on delete set null,
  tags text[] not null default '{}',
  timeout integer not null,                                         -- seconds
  coverage double precision,
  log_size bigint not null default 0,
  log_blob text,                                                    -- key in the blob store once the log is archived
  downstream_pipeline_id bigint references pipelines on delete set null,
  erased_at timestamptz(3),
  erased_by_id bigint references users on delete set null,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  scheduled_at timestamptz(3),
  queued_at timestamptz(3),
  started_at timestamptz(3),
  finished_at timestamptz(3),
  contacted_at timestamptz(3)                                       -- last sign of life from its runner
);
create index jobs_pipeline on jobs (pipeline_id, id);
create index jobs_project on jobs (project_id, id);
create index jobs_pending on jobs (id) where status = 'pending';
create index jobs_bridges on jobs (id) where is_bridge and status in ('pending', 'running', 'manual');
create index jobs_active on jobs (contacted_at) where status in ('running', 'canceling');
create index jobs_scheduled on jobs (scheduled_at) where status = 'scheduled';
create index jobs_runner on jobs (runner_id, id) where runner_id is not null;
create index jobs_environment on jobs (environment_id) where environment_id is not null;
create index jobs_retry_of on jobs (retry_of) where retry_of is not null;
create index jobs_downstream on jobs (downstream_pipeline_id) where downstream_pipeline_id is not null;
create index jobs_resource_group on jobs (resource_group_id, id) where resource_group_id is not null;
alter table pipelines add foreign key (upstream_job_id) references jobs on delete set null;

create table job_needs (
  job_id bigint not null references jobs on delete cascade,
  name text not null,
  artifacts boolean not null,
  optional boolean not null,
  primary key (job_id, name)
);

create table job_variables (
  job_id bigint not null references jobs on delete cascade,
  source text not null check (source in ('play', 'dotenv')),
  key text not null,
  value text not null,
  primary key (job_id, source, key)
);

-- The log while it is being written; archived to the blob store afterwards.
create table job_log_chunks (
  job_id bigint not null references jobs on delete cascade,
  start_offset bigint not null,
  data bytea not null,
  primary key (job_id, start_offset)
);
create index job_log_chunks_first on job_log_chunks (job_id) where start_offset = 0;   -- the logs that are not archived

create table job_artifacts (
  id bigint generated always as identity primary key,
  job_id bigint not null references jobs on delete cascade,
  project_id bigint not null references projects on delete cascade,
  file_type text not null,
  file_format text not null,
  filename text not null,
  size bigint not null,
  sha256 text not null,
  blob text not null,
  access text not null default 'all',
  expire_at timestamptz(3),
  created_at timestamptz(3) not null default now(),
  unique (job_id, file_type)
);
create index job_artifacts_project on job_artifacts (project_id);
create index job_artifacts_expire on job_artifacts (expire_at) where expire_at is not null;

-- Keys in the blob store that no row needs: written with the change that lets go of a blob, and before a blob is stored whose
-- row comes later. A worker removes what is due, so a crash at any moment leaves nothing behind.
create table blob_removals (
  key text primary key,
  due_at timestamptz(3) not null default now()
);
create index blob_removals_due on blob_removals (due_at);

create function remove_artifact_blob() returns trigger language plpgsql as $$
begin
  insert into blob_removals (key) values (old.blob) on conflict (key) do update set due_at = now();
  return null;
end
$$;
create trigger job_artifacts_blob after delete on job_artifacts for each row execute function remove_artifact_blob();

create function remove_log_blob() returns trigger language plpgsql as $$
begin
  insert into blob_removals (key) values (old.log_blob) on conflict (key) do update set due_at = now();
  return null;
end
$$;
create trigger jobs_log_blob_deleted after delete on jobs for each row
  when (old.log_blob is not null) execute function remove_log_blob();
create trigger jobs_log_blob_changed after update of log_blob on jobs for each row
  when (old.log_blob is not null and old.log_blob is distinct from new.log_blob) execute function remove_log_blob();

create table ci_variables (
  id bigint generated always as identity primary key,
  namespace_id bigint references namespaces on delete cascade,
  project_id bigint references projects on delete cascade,          -- neither: the instance's
  key text not null,
  value text not null,
  variable_type text not null default 'env_var' check (variable_type in ('env_var', 'file')),
  protected boolean not null default false,
  masked boolean not null default false,
  hidden boolean not null default false,
  raw boolean not null default false,
  environment_scope text not null default '*',
  description text,
  created_at timestamptz(3) not null default now(),
  check (num_nonnulls(namespace_id, project_id) <= 1)
);
create unique index ci_variables_instance on ci_variables (key) where namespace_id is null and project_id is null;
create unique index ci_variables_group on ci_variables (namespace_id, key, environment_scope) where namespace_id is not null;
create unique index ci_variables_project on ci_variables (project_id, key, environment_scope) where project_id is not null;

-- Protection, deployments, approvals -----------------------------------------------------------------------------------

create table protected_environments (
  id bigint generated always as identity primary key,
  project_id bigint references projects on delete cascade,
  group_id bigint references namespaces on delete cascade,
  name text not null,                                               -- environment name; for a group: a tier
  required_approval_count integer not null default 0 check (required_approval_count between 0 and 5),
  start text not null default 'on_approval' check (start in ('on_approval', 'manual')),
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  check (num_nonnulls(project_id, group_id) = 1)
);
create unique index protected_environments_project on protected_environments (project_id, name) where project_id is not null;
create unique index protected_environments_group on protected_environments (group_id, name) where group_id is not null;

-- Subjects are removed by commands that keep a requirement from falling to zero, hence `restrict`.
create table deploy_access_levels (
  id bigint generated always as identity primary key,
  protected_environment_id bigint not null references protected_environments on delete cascade,
  access_level integer,
  user_id bigint references users on delete restrict,
  group_id bigint references namespaces on delete restrict,
  group_inheritance_type integer not null default 0 check (group_inheritance_type in (0, 1)),
  created_at timestamptz(3) not null default now(),
  check (num_nonnulls(access_level, user_id, group_id) = 1)
);
create index deploy_access_levels_environment on deploy_access_levels (protected_environment_id);
create index deploy_access_levels_user on deploy_access_levels (user_id) where user_id is not null;
create index deploy_access_levels_group on deploy_access_levels (group_id) where group_id is not null;

create table approval_rules (
  id bigint generated always as identity primary key,
  protected_environment_id bigint not null references protected_environments on delete cascade,
  access_level integer,
  user_id bigint references users on delete restrict,
  group_id bigint references namespaces on delete restrict,
  required_approvals integer not null default 1 check (required_approvals between 1 and 5),
  group_inheritance_type integer not null default 0 check (group_inheritance_type in (0, 1)),
  created_at timestamptz(3) not null default now(),
  check (num_nonnulls(access_level, user_id, group_id) = 1)
);
create index approval_rules_environment on approval_rules (protected_environment_id);
create index approval_rules_user on approval_rules (user_id) where user_id is not null;
create index approval_rules_group on approval_rules (group_id) where group_id is not null;

-- Whether an active person is what an entry names, now: the user, a member of the group, or somebody with the role, which counts in
-- the project or in the group that owns the entry. Whoever can no longer read the project's deployments is nobody's deployer or
-- approver, even where an entry still names them (threat T3). Without a project that is left out: a group's entry has many.
create function names_person(
  p_user bigint, p_project bigint, p_owner_group bigint,
  p_level integer, p_subject_user bigint, p_subject_group bigint, p_inheritance integer
) returns boolean stable language sql as $$
  select exists (select 1 from users u where u.id = p_user and u.state = 'active')
     and (
      (p_subject_user is not null and p_subject_user = p_user)
      or (p_subject_group is not null and p_inheritance = 0 and exists (
            select 1 from members m where m.namespace_id = p_subject_group and m.user_id = p_user
               and (m.expires_at is null or m.expires_at > today())))
      or (p_subject_group is not null and p_inheritance = 1 and exists (
            select 1 from namespaces g join members m on m.namespace_id = any (g.traversal_ids)
             where g.id = p_subject_group and m.user_id = p_user and (m.expires_at is null or m.expires_at > today())))
      or (p_level is not null and p_level < 60 and p_level <=
            case when p_owner_group is null then project_role(p_user, p_project) else group_role(p_user, p_owner_group) end)
     )
     and (p_project is null or project_role(p_user, p_project) >= 20)
$$;

-- The same, or an active administrator, who fits every entry.
create function matches_subject(
  p_user bigint, p_project bigint, p_owner_group bigint,
  p_level integer, p_subject_user bigint, p_subject_group bigint, p_inheritance integer
) returns boolean stable language sql as $$
  select exists (select 1 from users u where u.id = p_user and u.state = 'active' and u.is_admin)
      or names_person(p_user, p_project, p_owner_group, p_level, p_subject_user, p_subject_group, p_inheritance)
$$;

create table deployments (
  id bigint generated always as identity primary key,
  iid bigint not null,
  project_id bigint not null references projects on delete cascade,
  environment_id bigint not null references environments on delete cascade,
  pipeline_id bigint references pipelines on delete cascade,
  job_id bigint references jobs on delete cascade,                  -- null: made by an external tool
  user_id bigint references users on delete set null,               -- the creator
  ref text not null,
  tag boolean not null,
  sha text not null,
  status text not null check (status in ('created', 'running', 'success', 'failed', 'canceled', 'skipped', 'blocked')),
  on_stop text,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  started_at timestamptz(3),
  finished_at timestamptz(3),
  unique (project_id, iid)
);
create unique index deployments_job on deployments (job_id) where job_id is not null;
create index deployments_pipeline on deployments (pipeline_id) where pipeline_id is not null;
create index deployments_project on deployments (project_id, id);
create index deployments_project_status on deployments (project_id, status, id);
create index deployments_project_updated on deployments (project_id, updated_at, id);
create index deployments_environment on deployments (environment_id, status, id);
create index deployments_environment_finished on deployments (environment_id, finished_at desc nulls last, id desc);
create index deployments_finished on deployments (project_id, finished_at) where status = 'success';
create index deployments_blocked on deployments (id) where status = 'blocked';

create table deployment_approvals (
  id bigint generated always as identity primary key,
  deployment_id bigint not null references deployments on delete cascade,
  user_id bigint not null references users on delete restrict,
  approval_rule_id bigint references approval_rules on delete set null,
  protected_environment_id bigint references protected_environments on delete set null,   -- of a count without rules
  chosen boolean not null default false,                            -- the voter named the rule (represented_as)
  status text not null check (status in ('approved', 'rejected')),
  comment text,
  subject_digest bytea not null,                                    -- of what was approved; another digest at the start voids the vote
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now()
);
create unique index deployment_approvals_rule on deployment_approvals (deployment_id, user_id, approval_rule_id) where approval_rule_id is not null;
create unique index deployment_approvals_count on deployment_approvals (deployment_id, user_id, protected_environment_id) where protected_environment_id is not null;
create index deployment_approvals_user on deployment_approvals (user_id, id);
create index deployment_approvals_deployment on deployment_approvals (deployment_id);
create index deployment_approvals_by_rule on deployment_approvals (approval_rule_id) where approval_rule_id is not null;
create index deployment_approvals_by_entry on deployment_approvals (protected_environment_id) where protected_environment_id is not null;

-- The protected environment entries that apply to an environment: the project's by exact name, the ancestor groups' by tier.
create view environment_protections as
  select e.id as environment_id, e.project_id, pe.id as protected_environment_id, null::bigint as owner_group_id,
         pe.required_approval_count, pe.start
    from environments e join protected_environments pe on pe.project_id = e.project_id and pe.name = e.name
  union all
  select e.id, e.project_id, pe.id, pe.group_id, pe.required_approval_count, pe.start
    from environments e
    join projects p on p.id = e.project_id
    join namespaces n on n.id = p.namespace_id
    join protected_environments pe on pe.group_id = any (n.traversal_ids) and pe.name = e.tier;

-- Whether one entry lets a person deploy. An entry that names nobody lets only administrators in: empty is not everybody.
create function entry_lets_in(p_user bigint, p_entry bigint, p_project bigint, p_owner_group bigint)
returns boolean stable language sql as $$
  select exists (select 1 from users u where u.id = p_user and u.is_admin and u.state = 'active')
      or exists (select 1 from deploy_access_levels l where l.protected_environment_id = p_entry
                    and matches_subject(p_user, p_project, p_owner_group, l.access_level, l.user_id, l.group_id, l.group_inheritance_type))
$$;

-- Every applicable entry must let the person in. True without protection.
create function may_deploy(p_user bigint, p_environment bigint) returns boolean stable language sql as $$
  select not exists (select 1 from environment_protections v where v.environment_id = p_environment
                        and not entry_lets_in(p_user, v.protected_environment_id, v.project_id, v.owner_group_id))
$$;

-- What a deployment must collect, in a fixed order: one row per approval rule, or one for a bare count.
create view environment_rules as
  select v.environment_id, 'rule:' || r.id as key, r.required_approvals as required,
         v.protected_environment_id, v.project_id, v.owner_group_id, r.id as approval_rule_id,
         r.access_level, r.user_id, r.group_id, r.group_inheritance_type,
         coalesce(u.name, g.name, case r.access_level when 40 then 'Maintainers' when 30 then 'Developers + Maintainers' end) as name
    from environment_protections v
    join approval_rules r on r.protected_environment_id = v.protected_environment_id
    left join users u on u.id = r.user_id
    left join namespaces g on g.id = r.group_id
  union all
  select v.environment_id, 'count:' || v.protected_environment_id, v.required_approval_count,
         v.protected_environment_id, v.project_id, v.owner_group_id, null, null, null, null, null, null
    from environment_protections v where v.required_approval_count > 0;

-- The rules a person fits now. Under a bare count the approvers are those who may deploy.
create function approval_keys(p_user bigint, p_environment bigint) returns text[] stable language sql as $$
  select coalesce(array_agg(r.key), '{}') from environment_rules r
   where r.environment_id = p_environment
     and case when r.approval_rule_id is null
              then entry_lets_in(p_user, r.protected_environment_id, r.project_id, r.owner_group_id)
              else matches_subject(p_user, r.project_id, r.owner_group_id, r.access_level, r.user_id, r.group_id, r.group_inheritance_type) end
$$;

-- A digest of everything an approval is for: target, commit, the job as it will run, and every variable it would get.
-- A vote whose digest differs no longer counts (threats T5, T6, T13, T31).
create function subject_digest(p_deployment bigint) returns bytea stable language sql as $$
  select sha256(convert_to(jsonb_build_array(
           e.id, e.name, e.tier, d.ref, d.tag, d.sha, j.plan,
           (select jsonb_agg(jsonb_build_array(v.key, v.value, v.variable_type, v.raw) order by v.key)
              from pipeline_variables v where v.pipeline_id = d.pipeline_id),
           (select jsonb_agg(jsonb_build_array(v.key, v.value) order by v.key)
              from job_variables v where v.job_id = d.job_id and v.source = 'play'),
           (select jsonb_agg(jsonb_build_array(v.id, v.key, v.value, v.variable_type, v.raw, v.masked) order by v.id)
              from ci_variables v
             where (v.project_id = d.project_id or v.namespace_id = any (n.traversal_ids)
                    or (v.project_id is null and v.namespace_id is null))
               and (not v.protected or i.protected)
               and e.name like replace(replace(replace(v.environment_scope, '\', '\\'), '_', '\_'), '*', '%'))
         )::text, 'UTF8'))
    from deployments d
    join environments e on e.id = d.environment_id
    join projects p on p.id = d.project_id
    join namespaces n on n.id = p.namespace_id
    left join jobs j on j.id = d.job_id
    left join pipelines i on i.id = d.pipeline_id
   where d.id = p_deployment
$$;

-- Record -----------------------------------------------------------------------------------------------------------------

create table audit_events (
  id bigint generated always as identity primary key,
  created_at timestamptz(3) not null default now(),
  event_name text not null,
  author_id bigint,                                                 -- no reference: the record outlives what it names
  author_name text not null,
  entity_type text not null check (entity_type in ('Project', 'Group', 'User', 'Instance')),
  entity_id bigint,
  entity_path text not null default '',
  target_type text not null,
  target_id bigint,
  target_details text not null default '',
  details jsonb not null default '{}',
  ip text
);
create index audit_events_entity on audit_events (entity_type, entity_id, id);
create index audit_events_target on audit_events (target_type, target_id, id);
create index audit_events_created on audit_events (created_at);
create index audit_events_author on audit_events (author_id, id);

create table settings (
  key text primary key,
  value jsonb not null
);
