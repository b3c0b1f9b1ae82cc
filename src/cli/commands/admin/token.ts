/** `countersign admin token`. */
import { type Command, InvalidArgumentError } from 'commander'
import { createUserAccessToken } from '../../../contract/access-tokens.ts'
import type { RequestOf } from '../../../contract/operation.ts'
import { connect } from '../../connect.ts'
import { note, plain, print, printJson } from '../../output.ts'
import { day, withExample, withJson } from '../options.ts'
import { findUser } from './find-user.ts'

interface Options {
  readonly user: string
  readonly name: string
  readonly scopes: RequestOf<typeof createUserAccessToken>['scopes']
  readonly expiresAt?: string
  readonly json?: true
}

export function configureToken(command: Command): void {
  command.description('Create personal access tokens for users.')
  const create = command
    .command('create')
    .summary('Create a personal access token')
    .description('Create a personal access token for a user. The token is printed this once, alone on standard output.')
    .requiredOption('--user <user>', 'whose: a username, or id: and the id')
    .requiredOption(
      '--scopes <scopes>',
      'what it may do, separated by commas: api, read_api, read_user, read_repository, write_repository, …',
      list,
    )
    .option('--name <name>', 'what it is for', 'countersign command line')
    .option(
      '--expires-at <day>',
      'the first day on which it no longer works, YYYY-MM-DD; without it, it does not expire',
      day,
    )
  withJson(
    withExample(create, 'countersign admin token create --user ada --scopes api --expires-at 2027-01-31 > token.txt'),
  ).action(createOne)
  command.addHelpText('after', '\nExample:\n  $ countersign admin token create --user ada --scopes read_api')
}

async function createOne({ user: wanted, name, scopes, expiresAt, json }: Options): Promise<void> {
  const { client } = await connect()
  const user = await findUser(client, wanted)
  const made = await client.call(createUserAccessToken, {
    user_id: user.id,
    name,
    scopes,
    ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
  })
  if (json) {
    printJson(made)
    return
  }
  note(
    `Token ${made.id} of ${plain(user.username)}, scopes ${made.scopes.join(', ')}, expires ${made.expires_at ?? 'never'}:`,
  )
  print(made.token)
}

function list(text: string): string[] {
  const words = text.split(',').map((word) => word.trim())
  if (words.every((word) => word !== '')) return words
  throw new InvalidArgumentError('They must be separated by single commas.')
}
