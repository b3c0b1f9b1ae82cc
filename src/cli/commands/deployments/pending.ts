/** `countersign deployments pending`: everything that waits for approval, in all projects of this person. */
import type { Command } from 'commander'
import type { Client } from '../../../contract/client.ts'
import { listDeployments } from '../../../contract/deployments.ts'
import { type InboxDeployment, listInbox } from '../../../contract/inbox.ts'
import { connect } from '../../connect.ts'
import { moment, printJson, printTable } from '../../output.ts'
import { withExample, withJson } from '../options.ts'
import { allowedActions, waitingSummary } from './describe.ts'

interface Options {
  readonly project?: string
  readonly mine?: true
  readonly json?: true
}

export function configurePending(command: Command): void {
  command
    .summary('List the deployments that wait for approval')
    .description(
      'List the deployments that wait for approval in all projects whose deployments you can read: who is waited for, and what you can do.',
    )
    .option('--project <project>', 'only of this project: its id or full path')
    .option('--mine', 'only those that you can decide now')
  withJson(withExample(command, 'countersign deployments pending --mine')).action(pending)
}

async function pending({ project, mine, json }: Options): Promise<void> {
  const { client } = await connect()
  const found = await waiting(client, mine === true)
  const shown = found.filter((deployment) => project === undefined || isIn(project, deployment))
  // The list of everything says nothing about a project that does not exist; asked for its own, the server does.
  if (project !== undefined && shown.length === 0) await client.call(listDeployments, { id: project, per_page: 1 })
  if (json) printJson(shown)
  else printTable(head, shown.map(row), 'Nothing waits for approval.')
}

async function waiting(client: Client, mine: boolean): Promise<InboxDeployment[]> {
  const scopes = mine ? (['waiting_for_me'] as const) : (['waiting_for_me', 'waiting_for_others'] as const)
  const found: InboxDeployment[] = []
  for (const scope of scopes) found.push(...(await client.all(listInbox, { scope, per_page: 100 })))
  // A vote between the two lists moves a deployment from one to the other.
  const once = new Map(found.map((deployment) => [deployment.id, deployment]))
  return [...once.values()]
    .filter((deployment) => deployment.pending_approval_count > 0)
    .toSorted((a, b) => a.id - b.id)
}

function isIn(wanted: string, { project }: InboxDeployment): boolean {
  return String(project.id) === wanted || project.path_with_namespace.toLowerCase() === wanted.toLowerCase()
}

const head = ['PROJECT', 'ID', 'ENVIRONMENT', 'REF', 'COMMIT', 'SINCE', 'CREATOR', 'WAITS FOR', 'YOU CAN']

function row(deployment: InboxDeployment): string[] {
  return [
    deployment.project.path_with_namespace,
    String(deployment.id),
    deployment.environment.name,
    deployment.ref,
    deployment.sha.slice(0, 8),
    moment(deployment.created_at),
    deployment.user?.username ?? '',
    waitingSummary(deployment),
    allowedActions(deployment) || 'nothing',
  ]
}
