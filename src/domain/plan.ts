/** What a pipeline consists of before anything runs: made by `ci/`, stored as JSON, read by everything that runs jobs. */

/** A CI/CD variable as the runner receives it. Lists keep duplicates; the last occurrence of a key wins (reference B1). */
export interface Variable {
  readonly key: string
  readonly value: string
  /** false: left out of service containers and debug output. Secrets are never public. */
  readonly public: boolean
  readonly masked: boolean
  /** The value is the content of a file; the runner exports the file's path. */
  readonly file: boolean
  /** Not expanded, and left as a reference inside other variables. */
  readonly raw: boolean
}

export type PipelineSource =
  | 'push'
  | 'web'
  | 'trigger'
  | 'schedule'
  | 'api'
  | 'pipeline'
  | 'parent_pipeline'
  | 'merge_request_event'
  | 'chat'
  | 'external'

export type When = 'on_success' | 'on_failure' | 'always' | 'manual' | 'delayed'

export interface PipelinePlan {
  readonly name: string | null
  /** In order, without stages that have no job. */
  readonly stages: readonly string[]
  readonly jobs: readonly JobPlan[]
  readonly autoCancel: {
    readonly onNewCommit: 'conservative' | 'interruptible' | 'none'
    readonly onJobFailure: 'none' | 'all'
  }
}

/** One job after rules, matrix and defaults: everything that is known before it runs. */
export interface JobPlan {
  readonly name: string
  /** The name without ` 1/3` or `: [a, b]`. */
  readonly groupName: string
  readonly stage: string
  readonly stageIndex: number
  readonly when: When
  /** Seconds; only with `when: delayed`. */
  readonly startIn: number | null
  readonly manualConfirmation: string | null
  readonly allowFailure: boolean
  readonly allowFailureExitCodes: readonly number[]
  /** `before_script` and `script` in one list: one runner step. */
  readonly script: readonly string[]
  readonly afterScript: readonly string[]
  /** Root (as inherited), workflow, job, matrix and rules variables: duplicates removed, winner kept, unexpanded. */
  readonly variables: readonly Variable[]
  readonly environment: EnvironmentPlan | null
  /** null: scheduled by stage. A list (even empty): scheduled by these needs. */
  readonly needs: readonly NeedPlan[] | null
  /** null: all jobs of earlier stages, or the needs. */
  readonly dependencies: readonly string[] | null
  readonly tags: readonly string[]
  readonly image: ImagePlan | null
  readonly services: readonly ImagePlan[]
  readonly artifacts: readonly ArtifactPlan[]
  readonly artifactsAccess: 'all' | 'developer' | 'maintainer' | 'none'
  readonly artifactsExposeAs: string | null
  readonly cache: readonly CachePlan[]
  readonly retry: { readonly max: number; readonly when: readonly string[]; readonly exitCodes: readonly number[] }
  /** Seconds; null: the project's. */
  readonly timeout: number | null
  readonly interruptible: boolean
  /** Expanded. */
  readonly resourceGroup: string | null
  /** RE2 source without slashes. */
  readonly coverage: string | null
  /** From `parallel`: 1-based index and total; null otherwise. */
  readonly node: { readonly index: number; readonly total: number } | null
  readonly preGetSourcesScript: readonly string[]
  readonly idTokens: Readonly<Record<string, { readonly aud: readonly string[] }>>
  readonly secrets: Readonly<Record<string, unknown>>
  /** Set on a bridge: the runner never sees it. */
  readonly trigger: TriggerPlan | null
  readonly release: Readonly<Record<string, unknown>> | null
  /** Job inputs with their defaults (`inputs` of the runner's payload); absent when the job declares none. */
  readonly inputs?: readonly JobInputPlan[]
}

export interface JobInputPlan {
  readonly name: string
  readonly type: 'string' | 'number' | 'boolean' | 'array'
  readonly default: unknown
  readonly options: readonly unknown[] | null
  /** RE2. */
  readonly regex: string | null
  /** What somebody gave who played or retried the job, instead of the default; absent when nobody did. */
  readonly value?: unknown
}

export interface NeedPlan {
  readonly job: string
  readonly artifacts: boolean
  readonly optional: boolean
}

export interface EnvironmentPlan {
  /** Expanded with the job's simple variables (reference B5); may be invalid, then the job fails when it starts. */
  readonly name: string
  /** As written: compared by `on_stop`, stored for re-expansion. */
  readonly nameTemplate: string
  /** As written; expanded when the deployment is made and again after the job succeeded. */
  readonly url: string | null
  readonly action: 'start' | 'stop' | 'prepare' | 'verify' | 'access'
  readonly onStop: string | null
  /** Expanded text such as `1 day` or `never`. */
  readonly autoStopIn: string | null
  readonly tier: 'production' | 'staging' | 'testing' | 'development' | 'other' | null
  readonly kubernetesNamespace: string | null
}

export interface ImagePlan {
  readonly name: string
  readonly alias: string | null
  readonly entrypoint: readonly string[] | null
  readonly command: readonly string[] | null
  readonly pullPolicy: readonly string[]
  readonly variables: readonly Variable[]
  readonly executorOptions: Readonly<Record<string, unknown>>
}

/** One entry of the runner payload's `artifacts` (reference E2). */
export interface ArtifactPlan {
  readonly name: string | null
  readonly untracked: boolean
  readonly paths: readonly string[]
  readonly exclude: readonly string[]
  readonly when: 'on_success' | 'on_failure' | 'always'
  readonly type: string
  readonly format: 'zip' | 'gzip' | 'raw'
  readonly expireIn: string | null
}

export interface CachePlan {
  /** As written or built from `key:files`' prefix; null asks for the hash of `keyFiles`. */
  readonly key: string | null
  readonly keyFiles: readonly string[]
  /** What of `keyFiles` is hashed: what is in them (the default), or the last commits that changed them (`files_commits`). */
  readonly keyFilesBy?: 'content' | 'commits'
  readonly keyPrefix: string | null
  readonly paths: readonly string[]
  readonly untracked: boolean
  readonly policy: string
  readonly when: 'on_success' | 'on_failure' | 'always'
  readonly unprotect: boolean
  readonly fallbackKeys: readonly string[]
}

export interface TriggerPlan {
  readonly project: string | null
  readonly branch: string | null
  /** Include entries of a child pipeline, as written. */
  readonly include: readonly Readonly<Record<string, unknown>>[]
  readonly strategy: 'depend' | 'mirror' | null
  readonly forwardYamlVariables: boolean
  readonly forwardPipelineVariables: boolean
  readonly inputs: Readonly<Record<string, unknown>>
}
