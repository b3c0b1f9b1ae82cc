/** `countersign deployments update`: how a deployment of an external tool came out. */
import { Argument, type Command } from 'commander'
import { updateDeployment } from '../../../contract/deployments.ts'
import { connect } from '../../connect.ts'
import { print, printJson } from '../../output.ts'
import { recordId, withExample, withJson } from '../options.ts'

const statuses = ['running', 'success', 'failed', 'canceled'] as const

export function configureUpdate(command: Command): void {
  command
    .summary('Tell how a deployment of an external tool came out')
    .description(
      'Change the status of a deployment that an external tool makes, for example the one that countersign gate waited for.',
    )
    .argument('<project>', 'id or full path')
    .argument('<id>', "the deployment's id", recordId)
    .addArgument(new Argument('<status>').choices(statuses))
  withJson(withExample(command, 'countersign deployments update acme/shop 42 success')).action(update)
}

async function update(
  project: string,
  id: number,
  status: (typeof statuses)[number],
  { json }: { readonly json?: true },
): Promise<void> {
  const { client } = await connect()
  const deployment = await client.call(updateDeployment, { id: project, deployment_id: id, status })
  if (json) printJson(deployment)
  else print(`Deployment ${id} is ${deployment.status}.`)
}
