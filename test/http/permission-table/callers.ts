/** Everybody who calls: one column of the table each. */
import { basic } from '../../helpers/git-client.ts'
import type { World } from './world.ts'

export interface Caller {
  /** The column's heading, three letters. */
  readonly code: string
  readonly about: string
  /** What proves who it is. */
  readonly headers: Readonly<Record<string, string>>
  /** The same for git, which knows Basic authentication alone. */
  readonly git: Readonly<Record<string, string>>
  /** What the group and the project are like while it calls. */
  readonly place: 'private' | 'public' | 'archived'
  /** Sends what only a runner knows, too. */
  readonly isRunner: boolean
}

const scopes = {
  rap: 'read_api',
  rus: 'read_user',
  rre: 'read_repository',
  wre: 'write_repository',
  cru: 'create_runner',
  rot: 'self_rotate',
}

export async function allCallers(world: World): Promise<Caller[]> {
  const { people, secrets } = world
  const caller = (code: string, about: string, more: Partial<Caller> = {}): Caller => {
    return { code, about, headers: {}, git: {}, place: 'private', isRunner: false, ...more }
  }
  const withToken = (token: string) => ({ headers: { 'private-token': token }, git: basic('anyone', token) })
  const withJob = (token: string) => ({ headers: { 'job-token': token }, git: basic('gitlab-ci-token', token) })
  const { cookie, csrf } = secrets.session
  return [
    caller('non', 'nobody: no credential'),
    caller('out', 'outsider: a person who is a member of nothing', withToken(people.outsider.token)),
    caller('gst', 'Guest of the group, and so of its projects', withToken(people.guest.token)),
    caller('pla', 'Planner, likewise', withToken(people.planner.token)),
    caller('rep', 'Reporter', withToken(people.reporter.token)),
    caller('dev', 'Developer', withToken(people.developer.token)),
    caller('mai', 'Maintainer', withToken(people.maintainer.token)),
    caller('own', 'Owner', withToken(people.owner.token)),
    caller('adm', 'administrator, a member of nothing', withToken(people.admin.token)),
    caller('blk', 'an Owner who is blocked', withToken(people.blocked.token)),
    ...(await scopedCallers(world)),
    caller('prj', 'access token of the project: Maintainer, scope api', withToken(secrets.projectBot)),
    caller('grp', 'access token of the group: Owner, scope api', withToken(secrets.groupBot)),
    caller('job', 'token of a job that runs in the project, started by an Owner', withJob(secrets.job)),
    caller(
      'fjo',
      'foreign job: token of a job of another project, started by the same Owner',
      withJob(secrets.jobElsewhere),
    ),
    caller('pag', 'the pages in the browser of an Owner', { headers: { cookie, 'x-csrf-token': csrf } }),
    caller('xsr', 'somebody else’s page in the browser of an Owner: the cookie alone', { headers: { cookie } }),
    caller('run', 'nobody, with the token of a runner, of its job, or of a trigger, where the call takes one', {
      isRunner: true,
    }),
    caller('Non', 'nobody, and the project and its group are public', { place: 'public' }),
    caller('Out', 'outsider, and they are public', { place: 'public', ...withToken(people.outsider.token) }),
    caller('Gst', 'Guest, and they are public', { place: 'public', ...withToken(people.guest.token) }),
    caller('arc', 'Owner, and the project is archived', { place: 'archived', ...withToken(people.owner.token) }),
  ]

  async function scopedCallers({ secrets: { admin } }: World): Promise<Caller[]> {
    const columns = Object.entries(scopes).map(async ([code, scope]) =>
      caller(code, `the administrator’s token with the scope ${scope} alone`, withToken(await admin(scope))),
    )
    return Promise.all(columns)
  }
}
