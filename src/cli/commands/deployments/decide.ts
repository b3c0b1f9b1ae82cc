/** `countersign deployments approve` and `reject`: one vote, after showing what it is for. */
import type { Command } from 'commander'
import { approveDeployment, type DeploymentExtended, getDeployment } from '../../../contract/deployments.ts'
import { canAsk, confirm } from '../../ask.ts'
import { connect } from '../../connect.ts'
import { refused } from '../../failure.ts'
import { count, note, plain, print, printJson } from '../../output.ts'
import { commitId, recordId, withExample, withJson } from '../options.ts'
import { printDeployment } from './describe.ts'

type Decision = 'approved' | 'rejected'
const verbs = { approved: 'approve', rejected: 'reject' } as const

interface Options {
  readonly comment?: string
  readonly as?: string
  readonly sha?: string
  readonly yes?: true
  readonly json?: true
}

export function configureDecision(command: Command, decision: Decision): void {
  const verb = verbs[decision]
  const title = verb === 'approve' ? 'Approve' : 'Reject'
  command
    .summary(`${title} a blocked deployment`)
    .description(
      `${title} a blocked deployment, after showing what it would ship and asking. Without a terminal to ask on it refuses, unless --yes is given.`,
    )
    .argument('<project>', 'id or full path')
    .argument('<id>', "the deployment's id", recordId)
    .option('--comment <text>', 'kept with the vote')
    .option('--as <rule>', 'the approval rule this vote is for: the name of its user, group or role')
    .option('--sha <sha>', 'refuse unless the deployment ships this commit', commitId)
    .option('--yes', 'do not ask')
  const comment = verb === 'approve' ? 'Looks good' : 'Not on a Friday'
  withJson(withExample(command, `countersign deployments ${verb} acme/shop 42 --sha 3f2a91c0 --comment "${comment}"`))
  command.action((project: string, id: number, options: Options) => decide(project, id, decision, options))
}

async function decide(project: string, id: number, decision: Decision, options: Options): Promise<void> {
  const verb = verbs[decision]
  // Silence is no consent: a script, a cron job or an assistant without a terminal has to say what it does.
  if (!options.yes && !canAsk()) {
    throw refused(
      `There is no terminal to ask on, so nothing was ${decision}: say --yes to ${verb} without being asked.`,
    )
  }
  const { client } = await connect()
  const one = { id: project, deployment_id: id }
  const deployment = await client.call(getDeployment, one)
  if (options.sha !== undefined && !deployment.sha.startsWith(options.sha)) {
    throw refused(`Deployment ${id} ships commit ${deployment.sha}, not ${options.sha}, so nothing was ${decision}.`)
  }
  const { allowed, reason } = deployment.your_approval[verb]
  if (!allowed) throw refused(reason ?? `You cannot ${verb} this deployment.`)
  if (!options.yes) await askFor(project, deployment, verb)
  const vote = await client.call(approveDeployment, {
    ...one,
    status: decision,
    ...(options.comment === undefined ? {} : { comment: options.comment }),
    ...(options.as === undefined ? {} : { represented_as: options.as }),
  })
  if (options.json) {
    printJson(vote)
    return
  }
  // The vote counts whether or not the server can be asked what followed from it.
  const after = await client.call(getDeployment, one).catch(() => null)
  print(after === null ? `Deployment ${id} was ${decision}.` : outcome(decision, after))
}

async function askFor(project: string, deployment: DeploymentExtended, verb: string): Promise<void> {
  printDeployment(project, deployment, note)
  note('')
  const name = plain(deployment.environment.name)
  if (await confirm(`${verb === 'approve' ? 'Approve' : 'Reject'} this deployment to ${name}?`)) return
  throw refused('Nothing was done.')
}

function outcome(
  decision: Decision,
  { id, status, start, pending_approval_count: pending }: DeploymentExtended,
): string {
  if (decision === 'rejected') return `Rejected: deployment ${id} is ${status} and will not run.`
  if (pending > 0) return `Approved: deployment ${id} still waits for ${count(pending, 'approval')}.`
  if (status === 'blocked' && start === 'manual')
    return `Approved: deployment ${id} waits for somebody to play its job.`
  return `Approved: nothing is missing any more, deployment ${id} is ${status}.`
}
