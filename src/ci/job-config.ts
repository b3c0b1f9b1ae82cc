import type { CachePlan, ImagePlan, JobInputPlan, TriggerPlan, Variable, When } from '../domain/plan.ts'
import type { ArtifactsConfig } from './keyword-artifacts.ts'
import type { EnvironmentConfig } from './keyword-environment.ts'
import type { IdTokensConfig } from './keyword-id-tokens.ts'
import type { NeedConfig } from './keyword-needs.ts'
import type { PolicyConfig } from './keyword-only-except.ts'
import type { ParallelConfig } from './keyword-parallel.ts'
import type { RetryConfig } from './keyword-retry.ts'
import type { RuleConfig } from './keyword-rules.ts'
import type { Position } from './source.ts'

/** A job as written, with `default` applied: everything that does not depend on the pipeline. */
export interface JobConfig {
  readonly name: string
  readonly at: Position
  readonly stage: string
  readonly script: readonly string[]
  readonly beforeScript: readonly string[]
  readonly afterScript: readonly string[]
  readonly variables: readonly Variable[]
  readonly inheritVariables: boolean | readonly string[]
  readonly environment: EnvironmentConfig | null
  readonly rules: readonly RuleConfig[] | null
  readonly only: PolicyConfig | null
  readonly except: PolicyConfig | null
  readonly when: When
  readonly startIn: number | null
  readonly manualConfirmation: string | null
  readonly allowFailure: boolean
  readonly allowFailureExitCodes: readonly number[]
  readonly needs: readonly NeedConfig[] | null
  readonly dependencies: readonly string[] | null
  readonly tags: readonly string[]
  readonly image: ImagePlan | null
  readonly services: readonly ImagePlan[]
  readonly artifacts: ArtifactsConfig | null
  readonly cache: readonly CachePlan[]
  readonly retry: RetryConfig
  /** Seconds. */
  readonly timeout: number | null
  readonly interruptible: boolean
  readonly resourceGroup: string | null
  readonly parallel: ParallelConfig | null
  readonly coverage: string | null
  readonly preGetSourcesScript: readonly string[]
  readonly idTokens: IdTokensConfig
  readonly secrets: Readonly<Record<string, unknown>>
  readonly trigger: TriggerPlan | null
  readonly release: Readonly<Record<string, unknown>> | null
  readonly inputs: readonly JobInputPlan[]
}
