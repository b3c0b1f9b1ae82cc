/** Everything that can happen to one deployment job, as data: what a test tells, and a model that lives through it. */
import * as fc from 'fast-check'
import { type Change, moveJob } from '../../../src/domain/change.ts'
import { decideRun, judgeClaim } from '../../../src/domain/decide-claim.ts'
import { decideFinish } from '../../../src/domain/decide-finish.ts'
import { decideCancel, decidePlay } from '../../../src/domain/decide-play.ts'
import { blocksForApproval, decideStart, enqueue, failureAtStart } from '../../../src/domain/decide-start.ts'
import { decideVote } from '../../../src/domain/decide-vote.ts'
import type { JobFacts } from '../../../src/domain/facts.ts'
import type { Rule, RuleKey } from '../../../src/domain/gate.ts'
import { canMoveJob } from '../../../src/domain/job.ts'
import { aCall, people, someFits, someRules } from './arbitraries.ts'
import { jobOf, type Model, voteFactsOf } from './model.ts'

export type Step =
  | { readonly do: 'vote'; readonly by: number; readonly status: 'approved' | 'rejected'; readonly as: string | null }
  | { readonly do: 'turn' | 'claim' | 'run' | 'timer' | 'resource' | 'skip' | 'reset' }
  | { readonly do: 'play'; readonly by: number; readonly variables: boolean }
  | { readonly do: 'cancel'; readonly force: boolean; readonly graceful: boolean }
  | { readonly do: 'finish'; readonly state: 'success' | 'failed' }
  | { readonly do: 'world'; readonly world: Partial<World> }

/** What others change between the steps: rules, groups, the job itself, accounts, the environment. */
export interface World {
  readonly rules: readonly Rule[]
  readonly fits: ReadonlyMap<number, readonly RuleKey[]>
  readonly digest: number
  readonly selfApproval: boolean
  readonly deployers: readonly number[]
  readonly userActive: boolean
  readonly outdated: boolean
  readonly free: boolean
}

export interface Story extends Model {
  readonly kind: 'count' | 'rules'
  readonly deployers: readonly number[]
}

/** Facts as app/ reads them: `userMayDeploy` is about the job's own user, or about who plays it. */
function factsOf(story: Story, userId = story.job.userId): JobFacts {
  const job = jobOf(story)
  const { environment, deployment } = job
  return {
    ...job,
    environment: environment && { ...environment, userMayDeploy: story.deployers.includes(userId ?? 0) },
    deployment: deployment && { ...deployment, approvals: story.rules.length === 0 ? 'none' : story.kind },
  }
}

/** What one step wants changed; nothing when it is refused or does not apply. */
export function decide(story: Story, step: Exclude<Step, { do: 'world' }>): Change[] {
  const job = factsOf(story)
  switch (step.do) {
    case 'vote': {
      const facts = { ...voteFactsOf(story, step.by), job }
      if (!job.deployment) return []
      const command = { userId: step.by, status: step.status, comment: null, representedAs: step.as }
      const decided = decideVote({ ...facts, deployment: job.deployment }, command)
      return decided.ok ? decided.value : []
    }
    case 'turn':
      return job.status === 'created' ? decideStart(job, new Date(0)) : []
    case 'claim': {
      const verdict = job.status === 'pending' ? judgeClaim(job) : null
      return verdict?.kind === 'withdrawn' ? verdict.changes : []
    }
    case 'run': {
      const decided = decideRun(job)
      return decided.ok ? decided.value : []
    }
    case 'play': {
      const decided = decidePlay(factsOf(story, step.by), { userId: step.by, hasVariables: step.variables })
      return decided.ok ? decided.value : []
    }
    case 'timer':
      return job.status === 'scheduled' ? resumed(job, 'unschedule') : []
    case 'resource':
      return job.status === 'waiting_for_resource' && job.resourceGroup?.free ? resumed(job, 'hold') : []
    case 'cancel':
      return decideCancel(job, { force: step.force, runnerCancelsGracefully: step.graceful })
    case 'finish':
      return decideFinish(
        { ...job, allowFailureExitCodes: [] },
        { state: step.state, reason: 'script_failure', exitCode: null },
      )
    case 'skip':
      return job.status === 'created' ? moveJob(job, 'skip') : []
    case 'reset':
      return canMoveJob(job.status, 'reset') ? moveJob(job, 'reset') : []
  }
}

/** As app/start-delayed-jobs.ts and app/pass-resource.ts put it together. */
function resumed(job: JobFacts, back: 'unschedule' | 'hold'): Change[] {
  const failure = failureAtStart({ ...job, enqueueImmediately: true })
  if (failure) return moveJob(job, 'drop', { failureReason: failure })
  return blocksForApproval(job) ? moveJob(job, back, { when: 'manual' }) : enqueue(job)
}

export function changed(story: Story, world: Partial<World>): Story {
  const { userActive, outdated, free, ...rest } = world
  return {
    ...story,
    ...rest,
    job: {
      ...story.job,
      ...(userActive !== undefined && { userActive }),
      ...(free !== undefined && story.job.resourceGroup && { resourceGroup: { id: 1, free } }),
    },
    deployment: { ...story.deployment, ...(outdated !== undefined && { outdated }) },
  }
}

const someone = fc.constantFrom(...people)
/** What is false stops the story, so it is seldom. */
const oftenTrue = fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false))
const manyDeployers = fc.subarray([...people], { minLength: 3 })

/** Few enough that votes can meet them. */
export const fewRules: fc.Arbitrary<Rule[]> = someRules.map((rules) => rules.slice(0, 2))

const aWorld: fc.Arbitrary<Partial<World>> = fc.oneof(
  fc.record({ rules: fc.oneof({ weight: 4, arbitrary: fewRules }, fc.constant([])) }),
  fc.record({ fits: someFits }),
  fc.record({ digest: fc.integer({ min: 1, max: 2 }) }),
  fc.record({ selfApproval: fc.boolean() }),
  fc.record({ deployers: manyDeployers }),
  fc.record({ userActive: oftenTrue }),
  fc.record({ outdated: oftenTrue.map((current) => !current) }),
  fc.record({ free: fc.boolean() }),
)

const only = (step: Step) => fc.constant(step)

/** Steps of all kinds, votes most of all. */
export const aStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 30,
    arbitrary: aCall.map(
      ({ userId, representedAs }): Step => ({ do: 'vote', by: userId, status: 'approved', as: representedAs }),
    ),
  },
  { weight: 1, arbitrary: someone.map((by): Step => ({ do: 'vote', by, status: 'rejected', as: null })) },
  { weight: 12, arbitrary: only({ do: 'turn' }) },
  { weight: 4, arbitrary: only({ do: 'claim' }) },
  { weight: 14, arbitrary: only({ do: 'run' }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('play' as const), by: someone, variables: fc.boolean() }) },
  { weight: 4, arbitrary: fc.constantFrom<Step>({ do: 'timer' }, { do: 'resource' }) },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ do: 'skip' }, { do: 'reset' }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('cancel' as const), force: fc.boolean(), graceful: fc.boolean() }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('finish' as const),
      state: fc.constantFrom('success' as const, 'failed' as const),
    }),
  },
  { weight: 6, arbitrary: aWorld.map((world): Step => ({ do: 'world', world })) },
)
