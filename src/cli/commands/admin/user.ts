/** `countersign admin user`. */
import type { Command } from 'commander'
import type { ResponseOf } from '../../../contract/operation.ts'
import { blockUser, createUser, listUsers, unblockUser, updateUser } from '../../../contract/people.ts'
import { askSecret, canAsk, secretFromInput } from '../../ask.ts'
import { connect } from '../../connect.ts'
import { wrongUsage } from '../../failure.ts'
import { plain, print, printJson, printTable } from '../../output.ts'
import { withExample, withJson } from '../options.ts'
import { findUser } from './find-user.ts'

interface Json {
  readonly json?: true
}

const userArgument = 'a username, or id: and the id'

export function configureUser(command: Command): void {
  command.description('Create, list, block and unblock users, and set their passwords.')
  const create = command
    .command('create')
    .summary('Create a user')
    .description('Create a user. Their password is asked for, or read from standard input.')
    .argument('<username>')
    .requiredOption('--name <name>', 'the name to show')
    .requiredOption('--email <address>', 'the mail address')
    .option('--admin', 'make them an administrator')
    .option('--password-stdin', 'read the password from standard input')
    .option('--no-password', 'without a password: they cannot sign in with one until it is set')
  withJson(
    withExample(create, 'countersign admin user create ada --name "Ada Lovelace" --email ada@example.com'),
  ).action(createOne)

  const list = command
    .command('list')
    .summary('List users')
    .description('List users.')
    .option('--search <text>', 'only those with this text in their name, username or mail address')
    .option('--blocked', 'only those who are blocked')
    .option('--admins', 'only administrators')
  withJson(withExample(list, 'countersign admin user list --blocked')).action(listAll)

  configureState(command.command('block'), 'block')
  configureState(command.command('unblock'), 'unblock')

  const password = command
    .command('set-password')
    .summary("Set a user's password")
    .description("Set a user's password. It is asked for, or read from standard input.")
    .argument('<user>', userArgument)
    .option('--password-stdin', 'read the password from standard input')
  withJson(withExample(password, 'countersign admin user set-password ada --password-stdin < password.txt')).action(
    setPassword,
  )
  command.addHelpText('after', '\nExample:\n  $ countersign admin user list')
}

interface CreateOptions extends Json {
  readonly name: string
  readonly email: string
  readonly admin?: true
  readonly passwordStdin?: true
  /** False after --no-password. */
  readonly password: boolean
}

async function createOne(username: string, options: CreateOptions): Promise<void> {
  const { name, email, admin = false, json } = options
  if (options.passwordStdin && !options.password) {
    throw wrongUsage('--password-stdin and --no-password exclude each other.')
  }
  const secret = options.password ? { password: await newPassword(options) } : { force_random_password: true }
  const { client } = await connect()
  const user = await client.call(createUser, { username, name, email, admin, skip_confirmation: true, ...secret })
  if (json) printJson(user)
  else print(`Created user ${plain(user.username)} with id ${user.id}.`)
}

interface ListOptions extends Json {
  readonly search?: string
  readonly blocked?: true
  readonly admins?: true
}

async function listAll({ search, blocked, admins, json }: ListOptions): Promise<void> {
  const { client } = await connect()
  const users = await client.all(listUsers, {
    per_page: 100,
    order_by: 'id',
    sort: 'asc',
    ...(search === undefined ? {} : { search }),
    ...(blocked ? { blocked } : {}),
    ...(admins ? { admins } : {}),
  })
  if (json) printJson(users)
  else
    printTable(['ID', 'USERNAME', 'NAME', 'EMAIL', 'STATE', 'ADMINISTRATOR'], users.map(row), 'There is no such user.')
}

function row(user: ResponseOf<typeof listUsers>[number]): string[] {
  return [String(user.id), user.username, user.name, user.email ?? '', user.state, user.is_admin ? 'yes' : '']
}

function configureState(command: Command, verb: 'block' | 'unblock'): void {
  const title =
    verb === 'block' ? 'Block a user: they cannot sign in and their tokens do not work' : 'Let a blocked user in again'
  command.summary(title).description(`${title}.`).argument('<user>', userArgument)
  withJson(withExample(command, `countersign admin user ${verb} ada`)).action((user: string, options: Json) =>
    changeState(user, verb, options),
  )
}

async function changeState(wanted: string, verb: 'block' | 'unblock', { json }: Json): Promise<void> {
  const { client } = await connect()
  const user = await findUser(client, wanted)
  const changed = await client.call(verb === 'block' ? blockUser : unblockUser, { id: user.id })
  if (json) printJson(changed)
  else print(`User ${plain(user.username)} is ${verb}ed.`)
}

async function setPassword(wanted: string, options: Json & { readonly passwordStdin?: true }): Promise<void> {
  const password = await newPassword(options)
  const { client } = await connect()
  const user = await client.call(updateUser, { id: (await findUser(client, wanted)).id, password })
  if (options.json) printJson(user)
  else print(`The password of ${plain(user.username)} is set.`)
}

/** Never an argument: those are seen by everybody on the machine. */
async function newPassword({ passwordStdin }: { readonly passwordStdin?: true }): Promise<string> {
  if (passwordStdin) return secretFromInput('password')
  if (!canAsk()) throw wrongUsage('There is no terminal to ask for the password on: give it with --password-stdin.')
  const password = await askSecret('New password (not shown): ')
  if (password !== (await askSecret('The same again: '))) throw wrongUsage('The two passwords are not the same.')
  return password
}
