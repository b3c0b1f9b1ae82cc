/** `countersign whoami`: the user behind the token. */
import type { Command } from 'commander'
import { currentUser } from '../../contract/people.ts'
import { connect } from '../connect.ts'
import { plain, printFields, printJson } from '../output.ts'
import { withExample, withJson } from './options.ts'

export function configureWhoami(command: Command): void {
  withJson(withExample(command, 'countersign whoami')).action(whoami)
}

async function whoami({ json }: { readonly json?: true }): Promise<void> {
  const { url, client } = await connect()
  const user = await client.call(currentUser, {})
  if (json) {
    printJson(user)
    return
  }
  printFields([
    ['Server', url],
    ['User', `${plain(user.username)} (${plain(user.name)}, id ${user.id})`],
    ['Administrator', user.is_admin ? 'yes' : 'no'],
  ])
}
