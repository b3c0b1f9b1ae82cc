/** `countersign admin`: accounts and tokens over the API, with an administrator's token. */
import type { Command } from 'commander'
import { configureToken } from './token.ts'
import { configureUser } from './user.ts'

export function configureAdmin(command: Command): void {
  command.description('Users and tokens, for administrators. Needs the token of an administrator.')
  configureUser(command.command('user').summary('Create, list, block and unblock users; set passwords'))
  configureToken(command.command('token').summary('Create personal access tokens for users'))
  command.addHelpText('after', '\nExample:\n  $ countersign admin user list')
}
