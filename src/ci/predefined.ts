/**
 * Predefined variables as pure functions of facts, by the phase in which they come into being (reference B4): P is known before
 * the pipeline exists, R with the pipeline and its jobs, J only when a runner takes the job.
 */
import type { Variable } from '../domain/plan.ts'

export interface ServerFacts {
  /** Without a slash at the end. */
  readonly url: string
  readonly version: string
}

export interface ProjectFacts {
  readonly id: number
  readonly name: string
  readonly path: string
  readonly fullPath: string
  readonly description: string
  readonly namespacePath: string
  readonly namespaceId: number
  readonly visibility: string
  readonly defaultBranch: string
  readonly configPath: string
}

export interface CommitFacts {
  readonly sha: string
  readonly beforeSha: string
  readonly message: string
  /** `Name <email>` */
  readonly author: string
  /** ISO 8601 with its own offset. */
  readonly timestamp: string
}

export interface RefFacts {
  readonly name: string
  readonly type: 'branch' | 'tag'
  readonly protected: boolean
  readonly tagMessage: string
}

export interface PipelineFacts {
  readonly source: string
  readonly createdAt: Date
  readonly scheduleDescription: string | null
  /** The pipeline is created inside a freeze period. */
  readonly frozen: boolean
  readonly triggered: boolean
}

export interface UserFacts {
  readonly id: number
  readonly email: string
  readonly username: string
  readonly name: string
}

/** GitLab cuts longer messages (reference A19). */
const messageLimit = 100_000

const variable = (key: string, value: string, flags: Partial<Variable> = {}): Variable => ({
  key,
  value,
  public: true,
  masked: false,
  file: false,
  raw: false,
  ...flags,
})

/** A value that is data, never a template: `$` in a commit message must not be expanded. */
const data = (key: string, value: string, flags: Partial<Variable> = {}) =>
  variable(key, value, { raw: true, ...flags })

/** `2022-01-31T16:47:55Z`: scripts take times apart that GitLab writes without fractions. */
function toTheSecond(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`
}

/** Lower case, each other character to `-`, at most 63, no dash at an edge (Gitlab::Utils.slugify: CI_COMMIT_REF_SLUG and friends). */
export function slugify(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '-')
    .slice(0, 63)
    .replaceAll(/^-+|-+$/g, '')
}

/** Phase P: usable in `include`, `workflow` and `rules`. */
export function pipelineVariables(facts: {
  readonly server: ServerFacts
  readonly project: ProjectFacts
  readonly commit: CommitFacts
  readonly ref: RefFacts
  readonly pipeline: PipelineFacts
}): Variable[] {
  return [
    variable('CI', 'true'),
    variable('GITLAB_CI', 'true'),
    ...serverVariables(facts.server),
    ...projectVariables(facts.project, facts.server),
    variable('CI_CONFIG_PATH', facts.project.configPath),
    variable('CI_PIPELINE_SOURCE', facts.pipeline.source),
    variable('CI_PIPELINE_CREATED_AT', toTheSecond(facts.pipeline.createdAt)),
    ...(facts.pipeline.scheduleDescription === null
      ? []
      : [data('CI_PIPELINE_SCHEDULE_DESCRIPTION', facts.pipeline.scheduleDescription)]),
    ...(facts.pipeline.triggered ? [variable('CI_PIPELINE_TRIGGERED', 'true')] : []),
    ...(facts.pipeline.frozen ? [variable('CI_DEPLOY_FREEZE', 'true')] : []),
    ...commitVariables(facts.commit, facts.ref),
  ]
}

function serverVariables(server: ServerFacts): Variable[] {
  const url = new URL(server.url)
  const protocol = url.protocol.replace(':', '')
  const port = url.port || (protocol === 'https' ? '443' : '80')
  const [major = '0', minor = '0', patch = '0'] = server.version.split(/[.-]/)
  return [
    variable('CI_API_V4_URL', `${server.url}/api/v4`),
    variable('CI_SERVER_URL', server.url),
    variable('CI_SERVER_HOST', url.hostname),
    variable('CI_SERVER_FQDN', url.host),
    variable('CI_SERVER_PORT', port),
    variable('CI_SERVER_PROTOCOL', protocol),
    variable('CI_SERVER_NAME', 'GitLab'),
    variable('CI_SERVER_VERSION', server.version),
    variable('CI_SERVER_VERSION_MAJOR', major),
    variable('CI_SERVER_VERSION_MINOR', minor),
    variable('CI_SERVER_VERSION_PATCH', patch),
    variable('CI_SERVER_REVISION', ''),
  ]
}

function projectVariables(project: ProjectFacts, server: ServerFacts): Variable[] {
  return [
    variable('CI_PROJECT_ID', String(project.id)),
    variable('CI_PROJECT_NAME', project.path),
    data('CI_PROJECT_TITLE', project.name),
    data('CI_PROJECT_DESCRIPTION', project.description),
    variable('CI_PROJECT_PATH', project.fullPath),
    variable('CI_PROJECT_PATH_SLUG', slugify(project.fullPath)),
    variable('CI_PROJECT_NAMESPACE', project.namespacePath),
    variable('CI_PROJECT_NAMESPACE_ID', String(project.namespaceId)),
    variable('CI_PROJECT_ROOT_NAMESPACE', project.namespacePath.split('/')[0] ?? ''),
    variable('CI_PROJECT_URL', `${server.url}/${project.fullPath}`),
    variable('CI_PROJECT_VISIBILITY', project.visibility),
    variable('CI_DEFAULT_BRANCH', project.defaultBranch),
  ]
}

function commitVariables(commit: CommitFacts, ref: RefFacts): Variable[] {
  const cut = Buffer.byteLength(commit.message) > messageLimit
  const message = cut ? Buffer.from(commit.message).subarray(0, messageLimit).toString() : commit.message
  const [title = '', ...rest] = message.split('\n')
  return [
    variable('CI_COMMIT_SHA', commit.sha),
    variable('CI_COMMIT_SHORT_SHA', commit.sha.slice(0, 8)),
    variable('CI_COMMIT_BEFORE_SHA', commit.beforeSha),
    data('CI_COMMIT_REF_NAME', ref.name),
    variable('CI_COMMIT_REF_SLUG', slugify(ref.name)),
    variable('CI_COMMIT_REF_PROTECTED', String(ref.protected)),
    ...(ref.type === 'branch'
      ? [data('CI_COMMIT_BRANCH', ref.name)]
      : [data('CI_COMMIT_TAG', ref.name), data('CI_COMMIT_TAG_MESSAGE', ref.tagMessage)]),
    data('CI_COMMIT_AUTHOR', commit.author),
    data('CI_COMMIT_MESSAGE', message),
    variable('CI_COMMIT_MESSAGE_IS_TRUNCATED', String(cut)),
    data('CI_COMMIT_TITLE', title),
    data('CI_COMMIT_DESCRIPTION', rest.join('\n').replace(/^\n/, '')),
    variable('CI_COMMIT_TIMESTAMP', commit.timestamp),
  ]
}

/**
 * Phase R of the pipeline: known with its number and its user.
 * @param pipeline.name of `workflow:name`; another one that somebody gives the pipeline later changes no job that may be approved
 */
export function startedPipelineVariables(pipeline: {
  readonly iid: number
  readonly name: string | null
  readonly user: UserFacts | null
}): Variable[] {
  return [
    variable('CI_PIPELINE_IID', String(pipeline.iid)),
    ...(pipeline.name === null ? [] : [data('CI_PIPELINE_NAME', pipeline.name)]),
    ...(pipeline.user === null ? [] : userVariables(pipeline.user)),
  ]
}

/** What made a downstream pipeline (GitLab docs, "Predefined CI/CD variables"). */
export function upstreamVariables(of: {
  readonly pipelineId: number
  readonly projectId: number
  readonly jobId: number
}): Variable[] {
  return [
    variable('CI_UPSTREAM_PIPELINE_ID', String(of.pipelineId)),
    variable('CI_UPSTREAM_PROJECT_ID', String(of.projectId)),
    variable('CI_UPSTREAM_JOB_ID', String(of.jobId)),
  ]
}

/** Which trigger token made a pipeline, to recognise it by. */
export function triggerVariables(shortToken: string): Variable[] {
  return [variable('CI_TRIGGER_SHORT_TOKEN', shortToken)]
}

/** Who started the pipeline or plays the job. */
export function userVariables(user: UserFacts): Variable[] {
  return [
    variable('GITLAB_USER_ID', String(user.id)),
    variable('GITLAB_USER_EMAIL', user.email),
    variable('GITLAB_USER_LOGIN', user.username),
    data('GITLAB_USER_NAME', user.name),
  ]
}

export interface JobNameFacts {
  readonly name: string
  readonly groupName: string
  readonly stage: string
  /** `when` is manual or delayed. */
  readonly manual: boolean
  readonly node: { readonly index: number; readonly total: number } | null
}

/** Phase R of a job: usable in its own rules and environment name. */
export function jobNameVariables(job: JobNameFacts): Variable[] {
  return [
    data('CI_JOB_NAME', job.name),
    variable('CI_JOB_NAME_SLUG', slugify(job.name)),
    data('CI_JOB_GROUP_NAME', job.groupName),
    data('CI_JOB_STAGE', job.stage),
    ...(job.manual ? [variable('CI_JOB_MANUAL', 'true')] : []),
    variable('CI_NODE_TOTAL', String(job.node?.total ?? 1)),
    ...(job.node === null ? [] : [variable('CI_NODE_INDEX', String(job.node.index))]),
  ]
}

export interface EnvironmentFacts {
  readonly id: number
  readonly name: string
  readonly slug: string
  readonly tier: string
  readonly action: string
  /** Expanded; null: none set. */
  readonly url: string | null
}

/** Appended last, so that nothing overrides them (reference B1, row 0). */
export function environmentVariables(environment: EnvironmentFacts): Variable[] {
  return [
    data('CI_ENVIRONMENT_NAME', environment.name),
    variable('CI_ENVIRONMENT_SLUG', environment.slug),
    variable('CI_ENVIRONMENT_ACTION', environment.action),
    variable('CI_ENVIRONMENT_TIER', environment.tier),
    variable('CI_ENVIRONMENT_ID', String(environment.id)),
    ...(environment.url === null ? [] : [data('CI_ENVIRONMENT_URL', environment.url)]),
  ]
}

export interface SavedJobFacts {
  readonly server: ServerFacts
  readonly jobId: number
  readonly pipelineId: number
  readonly projectPath: string
}

/** Known once the pipeline is saved: the part of phase J that needs no runner. */
export function savedJobVariables(job: SavedJobFacts): Variable[] {
  const base = `${job.server.url}/${job.projectPath}`
  return [
    variable('CI_JOB_ID', String(job.jobId)),
    variable('CI_JOB_URL', `${base}/-/jobs/${job.jobId}`),
    variable('CI_PIPELINE_ID', String(job.pipelineId)),
    variable('CI_PIPELINE_URL', `${base}/-/pipelines/${job.pipelineId}`),
  ]
}

export interface TakenJobFacts extends SavedJobFacts {
  readonly token: string
  readonly startedAt: Date
  readonly runner: { readonly id: number; readonly description: string; readonly tags: readonly string[] }
}

/** Phase J, besides the saved ones: only the runner sees these. */
export function takenJobVariables(job: TakenJobFacts): Variable[] {
  const secret = { public: false, masked: true }
  return [
    variable('CI_JOB_TOKEN', job.token, secret),
    variable('CI_JOB_STARTED_AT', toTheSecond(job.startedAt)),
    variable('CI_REPOSITORY_URL', repositoryUrl(job.server.url, job.projectPath, job.token), { public: false }),
    variable('CI_RUNNER_ID', String(job.runner.id)),
    data('CI_RUNNER_DESCRIPTION', job.runner.description),
    data('CI_RUNNER_TAGS', JSON.stringify(job.runner.tags)),
  ]
}

/** The clone URL with the job's own credential. */
export function repositoryUrl(serverUrl: string, projectPath: string, token: string): string {
  return `${serverUrl.replace('://', `://gitlab-ci-token:${token}@`)}/${projectPath}.git`
}
