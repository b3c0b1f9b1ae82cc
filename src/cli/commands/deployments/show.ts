/** `countersign deployments show`. */
import type { Command } from 'commander'
import { getDeployment } from '../../../contract/deployments.ts'
import { connect } from '../../connect.ts'
import { printJson } from '../../output.ts'
import { recordId, withExample, withJson } from '../options.ts'
import { printDeployment } from './describe.ts'

export function configureShow(command: Command): void {
  command
    .summary('Show one deployment')
    .description('Show one deployment: what would ship where, the votes, what is missing and who can give it.')
    .argument('<project>', 'id or full path')
    .argument('<id>', "the deployment's id", recordId)
  withJson(withExample(command, 'countersign deployments show acme/shop 42')).action(show)
}

async function show(project: string, id: number, { json }: { readonly json?: true }): Promise<void> {
  const { client } = await connect()
  const deployment = await client.call(getDeployment, { id: project, deployment_id: id })
  if (json) printJson(deployment)
  else printDeployment(project, deployment)
}
