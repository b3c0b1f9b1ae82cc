/** The tables as Kysely sees them: one interface per table of migrations/*.sql, in the same order. */
import type { ColumnType, Generated, GeneratedAlways } from 'kysely'
import type { DeploymentStatus } from '../domain/deployment.ts'
import type { Tier } from '../domain/environment.ts'
import type { JobStatus } from '../domain/job.ts'
import type { PipelineStatus } from '../domain/pipeline.ts'
import type { JobPlan, Variable, When } from '../domain/plan.ts'
import type { BranchFilterStrategy, HookEventDetails, HookEventName, HookPayload } from '../domain/webhook.ts'

/** jsonb: read as a value, written as JSON text, because the driver would send an array as a PostgreSQL array. */
export type Json<T> = ColumnType<T, string, string>
export type JsonWithDefault<T> = ColumnType<T, string | undefined, string>

export interface UserTable {
  id: GeneratedAlways<number>
  username: string
  name: string
  email: string
  password_digest: string | null
  state: Generated<'active' | 'blocked' | 'deactivated'>
  is_admin: Generated<boolean>
  user_type: Generated<'human' | 'project_bot' | 'group_bot'>
  profile: JsonWithDefault<Readonly<Record<string, string>>>
  preferences: JsonWithDefault<Record<string, unknown>>
  created_by_id: number | null
  created_at: Generated<Date>
  updated_at: Generated<Date>
}

export interface AccessTokenTable {
  id: GeneratedAlways<number>
  user_id: number
  name: string
  description: string | null
  token_digest: Buffer
  scopes: string[]
  expires_at: string | null
  revoked_at: Date | null
  last_used_at: Date | null
  last_used_ips: Generated<string[]>
  previous_id: number | null
  created_by_id: number | null
  created_at: Generated<Date>
  project_id: number | null
  group_id: number | null
}

export interface SessionTable {
  id: GeneratedAlways<number>
  token_digest: Buffer
  user_id: number
  ip: string | null
  user_agent: string | null
  created_at: Generated<Date>
  last_seen_at: Generated<Date>
  expires_at: Date
}

export interface NamespaceTable {
  id: GeneratedAlways<number>
  kind: 'group' | 'user'
  parent_id: number | null
  owner_id: number | null
  path: string
  name: string
  full_path: string
  full_name: string
  description: Generated<string>
  visibility: Generated<'private' | 'internal' | 'public'>
  traversal_ids: Generated<number[]>
  created_at: Generated<Date>
  updated_at: Generated<Date>
}

export interface ProjectTable {
  id: GeneratedAlways<number>
  namespace_id: number
  path: string
  name: string
  full_path: string
  description: string | null
  visibility: Generated<'private' | 'internal' | 'public'>
  default_branch: Generated<string>
  creator_id: number | null
  archived: Generated<boolean>
  allow_pipeline_trigger_approve_deployment: Generated<boolean>
  ci_forward_deployment_enabled: Generated<boolean>
  ci_forward_deployment_rollback_allowed: Generated<boolean>
  auto_cancel_pending_pipelines: Generated<boolean>
  public_jobs: Generated<boolean>
  keep_latest_artifact: Generated<boolean>
  shared_runners_enabled: Generated<boolean>
  group_runners_enabled: Generated<boolean>
  build_timeout: Generated<number>
  ci_config_path: string | null
  ci_default_git_depth: Generated<number | null>
  resource_group_default_process_mode: Generated<string>
  last_activity_at: Generated<Date>
  repository_maintained_at: Date | null
  jobs_cache_index: number | null
  created_at: Generated<Date>
  updated_at: Generated<Date>
}

export interface RouteTable {
  path: string
  namespace_id: number | null
  project_id: number | null
}

export interface MemberTable {
  id: GeneratedAlways<number>
  user_id: number
  namespace_id: number | null
  project_id: number | null
  access_level: number
  expires_at: string | null
  created_by_id: number | null
  created_at: Generated<Date>
}

export interface ProjectGroupLinkTable {
  id: GeneratedAlways<number>
  project_id: number
  group_id: number
  group_access: number
  expires_at: string | null
  created_at: Generated<Date>
}

export interface GroupGroupLinkTable {
  id: GeneratedAlways<number>
  shared_group_id: number
  shared_with_group_id: number
  group_access: number
  expires_at: string | null
  created_at: Generated<Date>
}

export interface InternalIdTable {
  project_id: number
  usage: 'pipelines' | 'deployments'
  last_value: number
}

export interface PusheTable {
  id: GeneratedAlways<number>
  project_id: number
  user_id: number
  ref: string
  before_sha: string
  after_sha: string
  options: JsonWithDefault<string[]>
  settled_at: Date | null
  created_at: Generated<Date>
}

export interface PipelineTable {
  id: GeneratedAlways<number>
  iid: number
  project_id: number
  ref: string
  tag: boolean
  sha: string
  before_sha: string
  source: string
  status: PipelineStatus
  user_id: number | null
  requester_id: number | null
  name: string | null
  yaml_errors: string | null
  failure_reason: string | null
  protected: Generated<boolean>
  freeze: Generated<boolean>
  auto_cancel_on_new_commit: Generated<string>
  auto_cancel_on_job_failure: Generated<string>
  commit_title: Generated<string>
  predefined: JsonWithDefault<Variable[]>
  parent_pipeline_id: number | null
  upstream_job_id: number | null
  push_id: number | null
  schedule_id: number | null
  trigger_id: number | null
  auto_canceled_by_id: number | null
  committed_at: Date | null
  started_at: Date | null
  finished_at: Date | null
  created_at: Generated<Date>
  updated_at: Generated<Date>
}

export interface PipelineErrandTable {
  pipeline_id: number
  kind: 'cancel' | 'resume_upstream'
  user_id: number | null
  created_at: Generated<Date>
}

export interface PipelineVariableTable {
  pipeline_id: number
  key: string
  value: string
  variable_type: Generated<'env_var' | 'file'>
  raw: Generated<boolean>
}

export interface ResourceGroupTable {
  id: GeneratedAlways<number>
  project_id: number
  key: string
  process_mode: Generated<'unordered' | 'oldest_first' | 'newest_first' | 'newest_ready_first'>
  created_at: Generated<Date>
  updated_at: Generated<Date>
}

export interface RunnerTable {
  id: GeneratedAlways<number>
  runner_type: 'instance_type' | 'group_type' | 'project_type'
  description: string | null
  maintenance_note: string | null
  token_digest: Buffer
  short_token: string
  paused: Generated<boolean>
  locked: Generated<boolean>
  run_untagged: Generated<boolean>
  access_level: Generated<'not_protected' | 'ref_protected'>
  maximum_timeout: number | null
  tag_list: Generated<string[]>
  registration_type: Generated<string>
  creator_id: number | null
  contacted_at: Date | null
  created_at: Generated<Date>
}

export interface RunnerProjectTable {
  runner_id: number
  project_id: number
}

export interface RunnerNamespaceTable {
  runner_id: number
  namespace_id: number
}

export interface RunnerManagerTable {
  id: GeneratedAlways<number>
  runner_id: number
  system_id: string
  version: string | null
  revision: string | null
  platform: string | null
  architecture: string | null
  executor: string | null
  features: JsonWithDefault<Record<string, unknown>>
  ip: string | null
  contacted_at: Generated<Date>
  created_at: Generated<Date>
}

export interface RegistrationTokenTable {
  token_digest: Buffer
  namespace_id: number | null
  project_id: number | null
  created_at: Generated<Date>
}

export interface EnvironmentTable {
  id: GeneratedAlways<number>
  project_id: number
  name: string
  slug: string
  external_url: string | null
  description: string | null
  tier: Tier
  state: Generated<'available' | 'stopping' | 'stopped'>
  auto_stop_at: Date | null
  auto_stop_setting: Generated<'always' | 'with_action'>
  auto_delete_at: Date | null
  created_at: Generated<Date>
  updated_at: Generated<Date>
}

export interface FreezePeriodTable {
  id: GeneratedAlways<number>
  project_id: number
  freeze_start: string
  freeze_end: string
  cron_timezone: Generated<string>
  created_at: Generated<Date>
  updated_at: Generated<Date>
}

export interface JobTable {
  id: GeneratedAlways<number>
  pipeline_id: number
  project_id: number
  name: string
  stage: string
  stage_index: number
  status: JobStatus
  when: When
  allow_failure: boolean
  plan: Json<JobPlan>
  is_bridge: Generated<boolean>
  environment_id: number | null
  environment_action: string | null
  user_id: number | null
  runner_id: number | null
  runner_manager_id: number | null
  token_digest: Buffer | null
  assigned_at: Date | null
  failure_reason: string | null
  failure_message: string | null
  exit_code: number | null
  retried: Generated<boolean>
  retry_of: number | null
  retries: Generated<number>
  enqueue_immediately: Generated<boolean>
  resource_group_id: number | null
  tags: Generated<string[]>
  timeout: number
  coverage: number | null
  log_size: Generated<number>
  log_blob: string | null
  debug_log: Generated<boolean>
  downstream_pipeline_id: number | null
  erased_at: Date | null
  erased_by_id: number | null
  created_at: Generated<Date>
  updated_at: Generated<Date>
  scheduled_at: Date | null
  queued_at: Date | null
  started_at: Date | null
  finished_at: Date | null
  contacted_at: Date | null
  artifacts_expired_at: Date | null
}

export interface JobNeedTable {
  job_id: number
  name: string
  artifacts: boolean
  optional: boolean
}

export interface JobVariableTable {
  job_id: number
  source: 'play' | 'dotenv'
  key: string
  value: string
}

export interface JobLogChunkTable {
  job_id: number
  start_offset: number
  data: Buffer
}

export interface JobArtifactTable {
  id: GeneratedAlways<number>
  job_id: number
  project_id: number
  file_type: string
  file_format: string
  filename: string
  size: number
  sha256: string
  blob: string
  access: Generated<string>
  expire_at: Date | null
  created_at: Generated<Date>
}

export interface BlobRemovalTable {
  key: string
  due_at: Generated<Date>
}

export interface CiVariableTable {
  id: GeneratedAlways<number>
  namespace_id: number | null
  project_id: number | null
  key: string
  value: string
  variable_type: Generated<'env_var' | 'file'>
  protected: Generated<boolean>
  masked: Generated<boolean>
  hidden: Generated<boolean>
  raw: Generated<boolean>
  environment_scope: Generated<string>
  description: string | null
  created_at: Generated<Date>
}

export interface ProtectedEnvironmentTable {
  id: GeneratedAlways<number>
  project_id: number | null
  group_id: number | null
  name: string
  required_approval_count: Generated<number>
  start: Generated<'on_approval' | 'manual'>
  created_at: Generated<Date>
  updated_at: Generated<Date>
}

export interface DeployAccessLevelTable {
  id: GeneratedAlways<number>
  protected_environment_id: number
  access_level: number | null
  user_id: number | null
  group_id: number | null
  group_inheritance_type: Generated<number>
  created_at: Generated<Date>
}

export interface ApprovalRuleTable {
  id: GeneratedAlways<number>
  protected_environment_id: number
  access_level: number | null
  user_id: number | null
  group_id: number | null
  required_approvals: Generated<number>
  group_inheritance_type: Generated<number>
  created_at: Generated<Date>
}

export interface DeploymentTable {
  id: GeneratedAlways<number>
  iid: number
  project_id: number
  environment_id: number
  pipeline_id: number | null
  job_id: number | null
  user_id: number | null
  answering_id: number | null
  ref: string
  tag: boolean
  sha: string
  status: DeploymentStatus
  on_stop: string | null
  created_at: Generated<Date>
  updated_at: Generated<Date>
  started_at: Date | null
  finished_at: Date | null
}

export interface DeploymentApprovalTable {
  id: GeneratedAlways<number>
  deployment_id: number
  user_id: number
  approval_rule_id: number | null
  protected_environment_id: number | null
  chosen: Generated<boolean>
  status: 'approved' | 'rejected'
  comment: string | null
  subject_digest: Buffer
  created_at: Generated<Date>
  updated_at: Generated<Date>
}

export interface AuditEventTable {
  id: GeneratedAlways<number>
  created_at: Generated<Date>
  event_name: string
  author_id: number | null
  author_name: string
  entity_type: 'Project' | 'Group' | 'User' | 'Instance'
  entity_id: number | null
  entity_path: Generated<string>
  target_type: string
  target_id: number | null
  target_details: Generated<string>
  details: JsonWithDefault<Record<string, unknown>>
  ip: string | null
}

export interface SettingTable {
  key: string
  value: Json<unknown>
}

export interface TriggerTable {
  id: GeneratedAlways<number>
  project_id: number
  owner_id: number
  description: string | null
  token: string
  token_digest: Buffer
  expires_at: Date | null
  created_at: Generated<Date>
  updated_at: Generated<Date>
}

export interface PipelineScheduleTable {
  id: GeneratedAlways<number>
  project_id: number
  owner_id: number | null
  description: string
  ref: string
  cron: string
  cron_timezone: Generated<string>
  active: Generated<boolean>
  next_run_at: Date
  last_error: string | null
  created_at: Generated<Date>
  updated_at: Generated<Date>
}

export interface PipelineScheduleVariableTable {
  schedule_id: number
  key: string
  value: string
  variable_type: Generated<'env_var' | 'file'>
}

export interface PipelineScheduleInputTable {
  schedule_id: number
  name: string
  value: Json<unknown>
}

export interface WebhookTable {
  id: GeneratedAlways<number>
  project_id: number | null
  group_id: number | null
  url: string
  name: string | null
  description: string | null
  token: string | null
  signing_token: string | null
  custom_headers: JsonWithDefault<Readonly<Record<string, string>>>
  url_variables: JsonWithDefault<Readonly<Record<string, string>>>
  custom_webhook_template: string | null
  enable_ssl_verification: Generated<boolean>
  push_events_branch_filter: string | null
  branch_filter_strategy: Generated<BranchFilterStrategy>
  push_events: Generated<boolean>
  tag_push_events: Generated<boolean>
  job_events: Generated<boolean>
  pipeline_events: Generated<boolean>
  deployment_events: Generated<boolean>
  other_events: Generated<string[]>
  recent_failures: Generated<number>
  disabled_until: Date | null
  busy_until: Date | null
  created_at: Generated<Date>
  updated_at: Generated<Date>
}

export interface WebhookDeliveryTable {
  id: GeneratedAlways<number>
  webhook_id: number
  project_id: number
  event: HookEventName
  subject_id: number
  details: Json<HookEventDetails>
  payload: ColumnType<HookPayload | null, string | null, string | null>
  event_uuid: string
  idempotency_key: Generated<string>
  attempts: Generated<number>
  due_at: Generated<Date>
  created_at: Generated<Date>
}

export interface WebhookLogTable {
  id: GeneratedAlways<number>
  webhook_id: number
  trigger: string
  url: string
  url_digest: Buffer
  event_uuid: string
  idempotency_key: string
  request_headers: Json<Readonly<Record<string, string>>>
  request_data: Json<HookPayload>
  response_headers: Json<Readonly<Record<string, string>>>
  response_body: string
  response_status: string
  execution_duration: number
  internal_error_message: string | null
  created_at: Generated<Date>
}

export interface Database {
  users: UserTable
  access_tokens: AccessTokenTable
  sessions: SessionTable
  namespaces: NamespaceTable
  projects: ProjectTable
  routes: RouteTable
  members: MemberTable
  project_group_links: ProjectGroupLinkTable
  group_group_links: GroupGroupLinkTable
  internal_ids: InternalIdTable
  pushes: PusheTable
  pipelines: PipelineTable
  pipeline_errands: PipelineErrandTable
  pipeline_variables: PipelineVariableTable
  resource_groups: ResourceGroupTable
  runners: RunnerTable
  runner_projects: RunnerProjectTable
  runner_namespaces: RunnerNamespaceTable
  runner_managers: RunnerManagerTable
  registration_tokens: RegistrationTokenTable
  environments: EnvironmentTable
  freeze_periods: FreezePeriodTable
  jobs: JobTable
  job_needs: JobNeedTable
  job_variables: JobVariableTable
  job_log_chunks: JobLogChunkTable
  job_artifacts: JobArtifactTable
  blob_removals: BlobRemovalTable
  ci_variables: CiVariableTable
  protected_environments: ProtectedEnvironmentTable
  deploy_access_levels: DeployAccessLevelTable
  approval_rules: ApprovalRuleTable
  deployments: DeploymentTable
  deployment_approvals: DeploymentApprovalTable
  audit_events: AuditEventTable
  settings: SettingTable
  triggers: TriggerTable
  pipeline_schedules: PipelineScheduleTable
  pipeline_schedule_variables: PipelineScheduleVariableTable
  pipeline_schedule_inputs: PipelineScheduleInputTable
  webhooks: WebhookTable
  webhook_deliveries: WebhookDeliveryTable
  webhook_logs: WebhookLogTable
}
