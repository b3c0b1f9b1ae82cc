/** The story of the deployment approvals page, played with real parts: git, a pipeline, approvals, a runner. */

import type { Answer, Teller } from './teller.ts'
import { changeAndPush, makeWorkingCopy } from './working-copy.ts'

export interface Cast {
  readonly url: string
  readonly rootToken: string
  readonly scratch: string
  readonly teller: Teller
  /** Password of the two accounts. */
  readonly password: string
}

interface Person {
  readonly id: number
  readonly username: string
  readonly token: string
}

/** Plays it all; throws StoryFailure at the first step that does not come out as the page says. */
export async function playStory(cast: Cast): Promise<void> {
  const { teller, rootToken } = cast
  teller.chapter('Two accounts, a group of operators, and a project the group is invited to')
  const developer = await person(cast, 'developer')
  const maintainer = await person(cast, 'maintainer')
  const operators = await makeGroup(cast, 'operators')
  await join(cast, operators, developer, 30)
  await join(cast, operators, maintainer, 40)
  const home = await makeGroup(cast, 'acme')
  const made = await teller.ask(
    { method: 'POST', path: '/projects', token: rootToken, json: { name: 'shop', namespace_id: home } },
    201,
  )
  const project = numberAt(made, 'id')
  await teller.ask(
    {
      method: 'POST',
      path: `/projects/${project}/share`,
      token: rootToken,
      json: { group_id: operators, group_access: 40 },
    },
    201,
  )

  teller.chapter('Require one approval for production')
  const rule = { name: 'production', deploy_access_levels: [{ group_id: operators }], required_approval_count: 1 }
  await teller.ask(
    { method: 'POST', path: `/projects/${project}/protected_environments`, token: maintainer.token, json: rule },
    201,
  )

  teller.chapter('The developer pushes .gitlab-ci.yml')
  const copy = await makeWorkingCopy(cast, 'acme/shop', developer)
  const first = await push(cast, project, developer, () => changeAndPush(copy, teller, 'Deploy to production'))

  teller.chapter('Who may approve')
  const own = await vote(cast, project, first, developer, 'approved', 400)
  teller.check(
    messageOf(own).startsWith('You cannot approve your own deployment'),
    'the creator cannot approve, and is told why',
  )
  await vote(cast, project, first, maintainer, 'approved', 201)

  teller.chapter('The approved deployment starts by itself')
  const done = await until(cast, project, first, developer, 'success')
  const job = numberAt(done, 'deployable', 'id')
  const log = await teller.ask({ path: `/projects/${project}/jobs/${job}/trace`, token: developer.token }, 200)
  teller.check(String(log.body).includes('Deploying to production'), "the job's log says: Deploying to production")

  teller.chapter('A second deployment is rejected')
  const second = await push(cast, project, developer, () => changeAndPush(copy, teller, 'Deploy again'))
  await vote(cast, project, second, maintainer, 'rejected', 201)
  const rejected = await until(cast, project, second, developer, 'failed')
  teller.check(
    valueAt(rejected.body, 'deployable', 'failure_reason') === 'deployment_rejected',
    'its job failed with deployment_rejected and never ran',
  )
}

async function person(cast: Cast, username: string): Promise<Person> {
  const { teller, rootToken, password } = cast
  const account = {
    username,
    name: username[0]?.toUpperCase() + username.slice(1),
    email: `${username}@example.com`,
    password,
    skip_confirmation: true,
  }
  const user = await teller.ask({ method: 'POST', path: '/users', token: rootToken, json: account }, 201)
  const id = numberAt(user, 'id')
  const token = await teller.ask(
    {
      method: 'POST',
      path: `/users/${id}/personal_access_tokens`,
      token: rootToken,
      json: { name: 'demo', scopes: ['api'] },
    },
    201,
  )
  return { id, username, token: String(valueAt(token.body, 'token')) }
}

async function makeGroup({ teller, rootToken }: Cast, name: string): Promise<number> {
  return numberAt(
    await teller.ask({ method: 'POST', path: '/groups', token: rootToken, json: { name, path: name } }, 201),
    'id',
  )
}

async function join({ teller, rootToken }: Cast, group: number, who: Person, level: number): Promise<void> {
  await teller.ask(
    {
      method: 'POST',
      path: `/groups/${group}/members`,
      token: rootToken,
      json: { user_id: who.id, access_level: level },
    },
    201,
  )
}

/** Pushes, then waits until the pipeline's deployment to production is blocked. Answers the deployment's id. */
async function push({ teller }: Cast, project: number, who: Person, pushing: () => Promise<string>): Promise<number> {
  const sha = await pushing()
  await teller.askUntil(
    { path: `/projects/${project}/pipelines?sha=${sha}`, token: who.token },
    'a pipeline waits (status manual)',
    (answer) => valueAt(answer.body, 0, 'status') === 'manual',
  )
  const blocked = await teller.ask(
    { path: `/projects/${project}/deployments?status=blocked&environment=production`, token: who.token },
    200,
  )
  teller.check(valueAt(blocked.body, 0, 'sha') === sha, 'the deployment is blocked')
  const id = numberAt(blocked, 0, 'id')
  const one = await teller.ask({ path: `/projects/${project}/deployments/${id}`, token: who.token }, 200)
  teller.check(valueAt(one.body, 'pending_approval_count') === 1, 'one approval is missing')
  return id
}

async function vote(
  { teller }: Cast,
  project: number,
  deployment: number,
  who: Person,
  status: string,
  expected: number,
): Promise<Answer> {
  const path = `/projects/${project}/deployments/${deployment}/approval`
  return teller.ask({ method: 'POST', path, token: who.token, form: { status } }, expected)
}

async function until(
  { teller }: Cast,
  project: number,
  deployment: number,
  who: Person,
  status: string,
): Promise<Answer> {
  const path = `/projects/${project}/deployments/${deployment}`
  return teller.askUntil(
    { path, token: who.token },
    `the deployment's status is ${status}`,
    (answer) => valueAt(answer.body, 'status') === status,
  )
}

function messageOf(answer: Answer): string {
  return String(valueAt(answer.body, 'message'))
}

function numberAt(answer: Answer, ...path: (string | number)[]): number {
  return Number(valueAt(answer.body, ...path))
}

function valueAt(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner !== null && typeof inner === 'object' ? Reflect.get(inner, key) : undefined),
    value,
  )
}
