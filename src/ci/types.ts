/**
 * What goes into and comes out of `ci/`: the text of `.gitlab-ci.yml` and the circumstances of one pipeline in, a plan out.
 * The plan itself is domain/plan.ts, because it outlives the compiler.
 */
import type { PipelinePlan, PipelineSource, Variable } from '../domain/plan.ts'

export type * from '../domain/plan.ts'

/** Where in which file something is wrong. Lines and columns count from 1. */
export interface CiError {
  /** GitLab's wording, without the position. */
  readonly message: string
  readonly file: string
  readonly line: number | null
  readonly column: number | null
}

/** Reads what a configuration may refer to. Every method answers null for "does not exist or not readable by this person". */
export interface ConfigReader {
  /** A file of the pipeline's own project at the pipeline's commit; `path` without leading slash. */
  readLocal(path: string): Promise<string | null>
  /** All paths at the pipeline's commit, for globs in `include:local` and `rules:exists`. */
  listLocal(): Promise<readonly string[]>
  /** Another project at a ref (null: its default branch). Says which part was missing. */
  openProject(
    path: string,
    ref: string | null,
  ): Promise<
    | {
        readonly found: true
        readonly sha: string
        read(path: string): Promise<string | null>
        list(): Promise<readonly string[]>
      }
    | { readonly found: false; readonly missing: 'project' | 'ref' }
  >
  /** A remote URL; hosts that are not allowed answer an error. */
  readRemote(
    url: string,
  ): Promise<{ readonly text: string } | { readonly httpStatus: number } | { readonly problem: string }>
  /** An instance template by name. */
  readTemplate(name: string): Promise<string | null>
  /**
   * The newest version of a component that `~latest` (null) or a partial version such as `1` or `1.2` means, as a ref. Without
   * this method only full versions, branches and commits can be used.
   */
  latestVersion?(project: string, partial: string | null): Promise<string | null>
  /** A file in the artifacts of a job of the parent pipeline, for a child pipeline's `include:artifact`. */
  readArtifact?(job: string, path: string): Promise<{ readonly text: string } | { readonly missing: 'job' | 'file' }>
  /** The base64 SHA-256 of a text, for `include:integrity`. Without this method a file with `integrity` is refused. */
  sha256?(text: string): string | Promise<string>
  /** Paths that changed (see reference A8.3); null when that is not known, which makes `changes` true. `problem` for a bad compare_to. */
  changedPaths(compareTo: string | null): Promise<readonly string[] | null | { readonly problem: 'invalid_ref' }>
}

/** The circumstances of one pipeline. */
export interface PipelineContext {
  readonly source: PipelineSource
  readonly ref: string
  readonly refType: 'branch' | 'tag'
  readonly defaultBranch: string
  readonly projectPath: string
  /** Name of the main file, for error positions. */
  readonly configPath: string
  /** Phase P of reference B4: predefined, usable in include, workflow and rules. */
  readonly predefined: readonly Variable[]
  /** Instance, group and project variables with their environment scope, lowest precedence first. */
  readonly stored: readonly ScopedVariable[]
  /** Trigger, schedule and run-form variables; they win over `stored`. */
  readonly pipelineVariables: readonly Variable[]
  /** Values for `spec:inputs` of the main file. */
  readonly inputs: Readonly<Record<string, unknown>>
  /** Who the pipeline runs for (`GITLAB_USER_*`): known to job rules, and above the configuration's own variables. */
  readonly user?: readonly Variable[]
}

export interface ScopedVariable extends Variable {
  /** `*` or an environment name pattern in which `*` is the only wildcard. */
  readonly environmentScope: string
}

/** The outcome of compiling: a plan, located errors, or a reason why no pipeline is made (reference A10, A21). */
export type CompileResult =
  | {
      readonly kind: 'plan'
      readonly plan: PipelinePlan
      readonly warnings: readonly string[]
      readonly mergedYaml: string
    }
  | {
      readonly kind: 'errors'
      readonly errors: readonly CiError[]
      readonly warnings: readonly string[]
      readonly mergedYaml: string | null
    }
  | {
      readonly kind: 'filtered'
      readonly reason: 'workflow_rules' | 'no_jobs'
      readonly message: string
      readonly mergedYaml: string
    }
