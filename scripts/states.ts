/** Prints docs/states.md from the transition tables in src/domain: `node_modules/.bin/node scripts/states.ts > docs/states.md`. */
import { bridgeTransitions } from '../src/domain/bridge.ts'
import {
  type DeploymentStatus,
  deploymentEventFor,
  deploymentStatuses,
  deploymentTransitions,
} from '../src/domain/deployment.ts'
import { jobStatuses, jobTransitions } from '../src/domain/job.ts'

type Transitions = Readonly<Record<string, { readonly from: readonly string[]; readonly to: string }>>

/** The whole page. */
export function statesMarkdown(): string {
  return `# Statuses of jobs and deployments

Printed by \`node_modules/.bin/node scripts/states.ts\`; a test compares. Change the tables in \`src/domain/job.ts\`,
\`src/domain/bridge.ts\` and \`src/domain/deployment.ts\`, then print it again.

## Jobs

Starts as \`created\`. A job becomes \`running\` only from \`pending\`, and only after its gate was asked (\`src/domain/decide-claim.ts\`).
\`hold\` is the gate that closed again between enqueue and hand-over.

${table(jobTransitions)}

${diagram(jobTransitions, jobStatuses)}

A trigger job has no runner: it is \`running\` while its downstream pipeline runs. It moves in these ways too, none of which starts
anything (\`src/domain/bridge.ts\`):

${table(bridgeTransitions)}

## Deployments

Starts as \`created\`. The statuses \`success\`, \`failed\` and \`canceled\` are final for a job's deployment; an external tool may still
correct one of them into another, and none of them leads straight back to waiting or running.

${table(deploymentTransitions)}

${diagram(deploymentTransitions, deploymentStatuses)}

## A deployment follows its job

What happens to a deployment when its job enters a status, by the status the deployment has. Empty: nothing. Besides, the last
approval unblocks the deployment whose job it enqueues.

${followers()}
`
}

function table(transitions: Transitions): string {
  const rows = Object.entries(transitions).map(([event, { from, to }]) => `| ${event} | ${from.join(', ')} | ${to} |`)
  return ['| event | from | to |', '|---|---|---|', ...rows].join('\n')
}

/** One arrow per pair of statuses, named after every event that goes that way. */
function diagram(transitions: Transitions, statuses: readonly string[]): string {
  const arrows = statuses.flatMap((from) => {
    const leaving = Object.entries(transitions).filter(([, transition]) => transition.from.includes(from))
    const byTarget = Map.groupBy(leaving, ([, { to }]) => to)
    if (leaving.length === 0) return [`  ${from} --> [*]`]
    return [...byTarget].map(([to, events]) => `  ${from} --> ${to}: ${events.map(([event]) => event).join(', ')}`)
  })
  return ['```mermaid', 'stateDiagram-v2', '  [*] --> created', ...arrows, '```'].join('\n')
}

function followers(): string {
  const cell = (jobStatus: (typeof jobStatuses)[number], status: DeploymentStatus) => {
    const event = deploymentEventFor(jobStatus, status)
    return event === null ? '' : deploymentTransitions[event].to
  }
  const rows = jobStatuses.map((jobStatus) => {
    const cells = deploymentStatuses.map((status) => cell(jobStatus, status))
    return `| ${[jobStatus, ...cells].join(' | ')} |`
  })
  const head = `| job becomes | ${deploymentStatuses.join(' | ')} |`
  return [head, `|${'---|'.repeat(deploymentStatuses.length + 1)}`, ...rows].join('\n')
}

if (import.meta.main) process.stdout.write(statesMarkdown())
