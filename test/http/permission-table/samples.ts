/**
 * A call of each operation that succeeds for whoever may make it. An operation whose path says all it needs is not listed. Another
 * sample of the same operation, which deserves a line of its own, is `operation: what it is about`.
 */
import type { Operation } from '../../../src/contract/operation.ts'
import { password, type World } from './world.ts'

/** Parameters by name: of the path, the query and the body. */
export type Params = Readonly<Record<string, string | number | boolean | readonly unknown[]>>

export const samples: Readonly<Record<string, (world: World) => Params>> = {
  changePassword: () => ({ current_password: password, password: 'another long enough password' }),
  signIn: ({ someone }) => ({ login: someone.username, password }),

  createUser: () => ({
    email: 'new@example.com',
    name: 'New',
    username: 'newcomer',
    password: 'a long enough password',
  }),
  updateUser: () => ({ name: 'Somebody' }),
  unblockUser: ({ people }) => ({ id: people.blocked.id }),
  activateUser: ({ sleeper }) => ({ id: sleeper.id }),
  createOwnAccessToken: () => ({ name: 'mine', scopes: ['self_rotate'], expires_at: '2030-01-01' }),
  createUserAccessToken: () => ({ name: 'theirs', scopes: ['api'], expires_at: '2030-01-01' }),

  createGroup: () => ({ name: 'New', path: 'newcomers' }),
  'createGroup: a subgroup': ({ group }) => ({ name: 'New', path: 'newcomers', parent_id: group.id }),
  updateGroup: () => ({ description: 'Changed' }),
  shareGroup: ({ friends }) => ({ group_id: friends.id, group_access: 10 }),
  addGroupMember: ({ stranger }) => ({ user_id: stranger.id, access_level: 10 }),
  'addGroupMember: an Owner': ({ stranger }) => ({ user_id: stranger.id, access_level: 50 }),
  updateGroupMember: () => ({ access_level: 20 }),
  createGroupAccessToken: () => ({ name: 'bot', scopes: ['api'], expires_at: '2030-01-01', access_level: 10 }),

  createProject: ({ group }) => ({ name: 'newcomer', namespace_id: group.id }),
  'createProject: of one’s own': () => ({ name: 'newcomer' }),
  updateProject: () => ({ description: 'Changed' }),
  'updateProject: its visibility': () => ({ visibility: 'private' }),
  'updateProject: its path': () => ({ path: 'store' }),
  shareProject: ({ friends }) => ({ group_id: friends.id, group_access: 10 }),
  addProjectMember: ({ stranger }) => ({ user_id: stranger.id, access_level: 10 }),
  'addProjectMember: an Owner': ({ stranger }) => ({ user_id: stranger.id, access_level: 50 }),
  updateProjectMember: () => ({ access_level: 30 }),
  createProjectAccessToken: () => ({ name: 'bot', scopes: ['api'], expires_at: '2030-01-01', access_level: 10 }),

  compareRevisions: () => ({ from: 'v1', to: 'main' }),
  getMergeBase: () => ({ refs: ['v1', 'main'] }),
  getRepositoryFile: () => ({ ref: 'main' }),
  createRepositoryFile: () => ({ file_path: 'new.txt', branch: 'main', commit_message: 'New', content: 'new' }),
  updateRepositoryFile: () => ({ branch: 'main', commit_message: 'Change', content: 'changed' }),
  deleteRepositoryFile: () => ({ branch: 'main', commit_message: 'Delete' }),
  createCommit: () => ({
    branch: 'main',
    commit_message: 'New',
    actions: [{ action: 'create', file_path: 'new.txt', content: 'new' }],
  }),
  createBranch: () => ({ branch: 'new', ref: 'main' }),
  createTag: () => ({ tag_name: 'v2', ref: 'main' }),

  createUserRunner: ({ project }) => ({ runner_type: 'project_type', project_id: project.id }),
  'createUserRunner: of a group': ({ group }) => ({ runner_type: 'group_type', group_id: group.id }),
  'createUserRunner: of the instance': () => ({ runner_type: 'instance_type' }),
  updateRunner: () => ({ description: 'Changed' }),
  enableRunner: ({ runners }) => ({ runner_id: runners.ofDepot }),
  updateApplicationSettings: () => ({ allow_runner_registration_token: false }),

  createEnvironment: () => ({ name: 'new' }),
  updateEnvironment: () => ({ external_url: 'https://example.com' }),
  'updateEnvironment: a protected one': ({ environments }) => ({
    environment_id: environments.production,
    external_url: 'https://example.com',
  }),
  deleteEnvironment: ({ environments }) => ({ environment_id: environments.old }),
  'stopEnvironment: a protected one': ({ environments }) => ({ environment_id: environments.production }),
  deleteReviewApps: () => ({ before: '2100-01-01T00:00:00Z', dry_run: false }),
  stopStaleEnvironments: () => ({ before: '2026-01-01T00:00:00Z' }),
  createProjectProtectedEnvironment: () => ({ name: 'staging', deploy_access_levels: [{ access_level: 40 }] }),
  updateProjectProtectedEnvironment: () => ({ start: 'manual' }),
  createGroupProtectedEnvironment: () => ({ name: 'staging', deploy_access_levels: [{ access_level: 40 }] }),
  updateGroupProtectedEnvironment: () => ({ start: 'manual' }),
  createFreezePeriod: () => ({ freeze_start: '0 0 30 12 *', freeze_end: '0 0 31 12 *' }),
  updateFreezePeriod: () => ({ cron_timezone: 'Europe/Berlin' }),

  createProjectVariable: () => ({ key: 'NEW', value: 'new' }),
  updateProjectVariable: () => ({ value: 'blue' }),
  createGroupVariable: () => ({ key: 'NEW', value: 'new' }),
  updateGroupVariable: () => ({ value: 'blue' }),
  createInstanceVariable: () => ({ key: 'NEW', value: 'new' }),
  updateInstanceVariable: () => ({ value: 'blue' }),
  updateResourceGroup: () => ({ process_mode: 'oldest_first' }),

  createDeployment: ({ sha }) => ({ environment: 'staging', sha, ref: 'main', tag: false, status: 'success' }),
  'createDeployment: to a protected environment': ({ sha }) => {
    return { environment: 'production', sha, ref: 'main', tag: false, status: 'success' }
  },
  updateDeployment: ({ deployments }) => ({ deployment_id: deployments.ongoing, status: 'success' }),
  deleteDeployment: ({ deployments }) => ({ deployment_id: deployments.older }),
  approveDeployment: () => ({ status: 'approved' }),
  'approveDeployment: reject': () => ({ status: 'rejected' }),

  createProjectHook: () => ({ url: 'https://hooks.example.com' }),
  updateProjectHook: () => ({ push_events: false }),
  setProjectHookCustomHeader: () => ({ value: 'blue' }),
  setProjectHookUrlVariable: () => ({ value: 'blue' }),
  createGroupHook: () => ({ url: 'https://hooks.example.com' }),
  updateGroupHook: () => ({ push_events: false }),
  setGroupHookCustomHeader: () => ({ value: 'blue' }),
  setGroupHookUrlVariable: () => ({ value: 'blue' }),
  createTrigger: () => ({ description: 'new' }),
  updateTrigger: () => ({ description: 'changed' }),
  triggerPipeline: () => ({ ref: 'main', token: 'glptt-of-nobody' }),
  triggerPipelineOfRef: () => ({ token: 'glptt-of-nobody' }),
  createPipelineSchedule: () => ({ description: 'new', ref: 'main', cron: '0 0 1 1 *' }),
  updatePipelineSchedule: () => ({ description: 'changed' }),
  createScheduleVariable: () => ({ key: 'NEW', value: 'new' }),
  updateScheduleVariable: () => ({ value: 'blue' }),
  createPipeline: () => ({ ref: 'main' }),
  updatePipelineMetadata: () => ({ name: 'Changed' }),
  deletePipeline: ({ pipelines }) => ({ pipeline_id: pipelines.past }),
  lintContent: () => ({ content: 'job: { script: [make] }' }),
  playJob: ({ jobs }) => ({ job_id: jobs.manual }),
  'cancelJob: a deployment to a protected environment': ({ jobs }) => ({ job_id: jobs.blocked }),
  cancelJob: ({ jobs }) => ({ job_id: jobs.running }),
  listJobActions: ({ jobs }) => ({ job_ids: [jobs.manual] }),
  downloadRefArtifacts: () => ({ job: 'compile' }),
  downloadRefArtifactFile: () => ({ job: 'compile' }),

  updateJob: () => ({ state: 'running' }),
}

/** What a machine sends besides: the token of a runner, of its job, or of a trigger. */
export const runnerSamples: Readonly<Record<string, (world: World) => Sent>> = {
  registerRunner: ({ secrets }) => ({ params: { token: secrets.registration } }),
  verifyRunner: ({ secrets }) => ({ params: { token: secrets.runner } }),
  deleteRunnerByToken: ({ secrets }) => ({ params: { token: secrets.runner } }),
  deleteRunnerManager: ({ secrets, machine }) => ({ params: { token: secrets.runner, system_id: machine } }),
  resetRunnerToken: ({ secrets }) => ({ params: { token: secrets.runner } }),
  triggerPipeline: ({ secrets }) => ({ params: { token: secrets.trigger } }),
  triggerPipelineOfRef: ({ secrets }) => ({ params: { token: secrets.trigger } }),
  requestJob: ({ secrets }) => ({ params: { token: secrets.runner, system_id: 's_permissions' } }),
  updateJob: ({ secrets }) => ({ params: { token: secrets.job } }),
  appendJobLog: ({ secrets }) => ({ headers: { 'job-token': secrets.job } }),
  uploadArtifacts: ({ secrets }) => ({ headers: { 'job-token': secrets.job } }),
  downloadArtifacts: ({ secrets, jobs }) => ({ params: { id: jobs.finished }, headers: { 'job-token': secrets.job } }),
}

export interface Sent {
  readonly params?: Params
  readonly headers?: Readonly<Record<string, string>>
}

const boundary = 'permissions'

/** Bodies that are not parameters. */
export const bodies: Readonly<
  Record<string, { readonly headers: Readonly<Record<string, string>>; readonly text: string }>
> = {
  appendJobLog: { headers: { 'content-type': 'text/plain', 'content-range': '0-5' }, text: 'hello\n' },
  uploadArtifacts: {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    text: `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="a.zip"\r\n\r\nzip\r\n--${boundary}--\r\n`,
  },
}

/** The value of a path's parameter where the sample names none. */
export function pathValue(world: World, { path, id }: Operation, name: string): string | number {
  const { project, group, someone, tokens, runners, audit, jobs } = world
  const ofGroup = path.startsWith('/groups/')
  switch (name) {
    case 'id':
      if (path.startsWith('/projects/')) return project.id
      if (ofGroup || path.startsWith('/namespaces/')) return group.id
      if (path.startsWith('/users/')) return someone.id
      if (path.startsWith('/personal_access_tokens/')) return tokens.someone
      if (path.startsWith('/runners/')) return runners.own
      if (path.startsWith('/audit_events/')) return audit.project
      if (path.startsWith('/jobs/')) return jobs.running
      break
    case 'user_id':
      return someone.id
    case 'group_id':
      return world.partners.id
    case 'token_id':
      return ofGroup ? tokens.group : tokens.project
    case 'audit_event_id':
      return ofGroup ? audit.group : audit.project
    case 'runner_id':
      return runners.ofBoth
    case 'deployment_id':
      return world.deployments.blocked
    case 'pipeline_id':
      return world.pipelines.now
    case 'job_id':
      return jobs.finished
    case 'environment_id':
      return world.environments.staging
    case 'hook_id':
      return ofGroup ? world.hooks.group.id : world.hooks.project.id
    case 'hook_event_id':
      return ofGroup ? world.hooks.group.event : world.hooks.project.event
    case 'trigger':
      return 'push_events'
    case 'pipeline_schedule_id':
      return world.schedule
    case 'trigger_id':
      return world.trigger
    case 'ref':
      return 'main'
    case 'freeze_period_id':
      return world.freeze
    case 'name':
      return ofGroup ? 'testing' : 'production'
    case 'key':
      return path.includes('/resource_groups/') ? 'line' : 'COLOUR'
    case 'sha':
      return path.includes('/blobs/') ? world.blob : world.sha
    case 'file_path':
      return 'README.md'
    case 'artifact_path':
      return 'out/app.txt'
    case 'branch':
      return 'feature'
    case 'tag_name':
      return 'v1'
    case 'ref_name':
      return 'main'
    case 'format':
      return 'tar.gz'
  }
  throw new Error(`${id}: say what :${name} is, in pathValue of test/http/permission-table/samples.ts`)
}
