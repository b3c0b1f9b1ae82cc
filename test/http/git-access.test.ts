/** Who may fetch and push over HTTP, with the real git program. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Project } from '../../src/db/projects.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { flushPkt, pktLine } from '../../src/git/pkt-line.ts'
import { listRefs } from '../../src/git/refs.ts'
import { commitFiles, git, tryGit } from '../git/git-fixtures.ts'
import { aMember, aProject, aToken, aUser, type Role, type TestUser } from '../helpers/builders.ts'
import { basic, remoteOf } from '../helpers/git-client.ts'
import { eachInPushWorld, type PushWorld } from '../helpers/push-world.ts'
import { aRunningJob, archiveProject, endJobs } from '../helpers/repository-world.ts'
import type { TestServer } from '../helpers/server.ts'

const config = 'build:\n  script: make\n'

let server: TestServer
let project: Project
let developer: TestUser
let dir: string
let work: string
let pushed: PushWorld['pushed']
eachInPushWorld((world) => {
  ;({ server, project, developer, dir, work, pushed } = world)
})

/** The address of a project, with credentials when there are any. */
const remote = (token?: string, of = project, user = 'anyone') => remoteOf(server, of, token, user)

const push = (token: string | undefined, refs: readonly string[] = ['main'], of = project, user = 'anyone') =>
  tryGit(work, ['push', remote(token, of, user), ...refs])

const fetchFrom = (token: string | undefined, of = project, user = 'anyone') =>
  tryGit(work, ['ls-remote', remote(token, of, user)])

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${server.url}/${path}`, { headers })
const upload = (of: { readonly full_path: string }) => `${of.full_path}.git/info/refs?service=git-upload-pack`
const receive = (of: { readonly full_path: string }) => `${of.full_path}.git/info/refs?service=git-receive-pack`

describe('who may fetch and push', () => {
  it('clones, pushes and fetches', async () => {
    const first = await pushed({ 'README.md': 'hello\n', 'src/a': '1' })
    await git(dir, ['clone', '--quiet', remote(developer.token), 'clone'])
    const clone = join(dir, 'clone')
    expect(await readFile(join(clone, 'src/a'), 'utf8')).toBe('1')
    expect(await git(clone, ['rev-parse', 'HEAD'])).toBe(first)
    const second = await commitFiles(clone, { 'src/a': '2' })
    await git(clone, ['push', '--quiet', 'origin', 'main'])
    await git(work, ['fetch', '--quiet', remote(developer.token), 'main'])
    expect(await git(work, ['rev-parse', 'FETCH_HEAD'])).toBe(second)
  })

  it('takes the address without .git too', async () => {
    await pushed()
    await git(dir, ['clone', '--quiet', remote(developer.token).replace(/\.git$/, ''), 'plain'])
    expect(await readFile(join(dir, 'plain', 'README.md'), 'utf8')).toBe('hello\n')
  })

  it.each([
    ['api', true, true],
    ['write_repository', true, true],
    ['read_repository', true, false],
    ['read_api', false, false],
    ['read_user', false, false],
  ])('a token of scope %s: fetch %s, push %s', async (scope, fetches, pushes) => {
    await pushed()
    const { token } = await aToken(server, developer, [scope])
    expect((await fetchFrom(token)).code === 0).toBe(fetches)
    await commitFiles(work, { b: '1' })
    expect((await push(token)).code === 0).toBe(pushes)
  })

  it.each([
    ['guest', false, false],
    ['planner', false, false],
    ['reporter', true, false],
    ['developer', true, true],
    ['maintainer', true, true],
    ['owner', true, true],
  ] as const)('%s of a private project: fetch %s, push %s', async (role: Role, fetches, pushes) => {
    await pushed()
    const { token } = await aMember(server, { project }, role)
    const fetched = await fetchFrom(token)
    expect(fetched.code === 0).toBe(fetches)
    if (!fetches) expect(fetched.stderr).toContain('You are not allowed to download code from this project.')
    await commitFiles(work, { b: '1' })
    const outcome = await push(token)
    expect(outcome.code === 0).toBe(pushes)
    if (!pushes) expect(outcome.stderr).toContain('You are not allowed to push code to this project.')
  })

  it('everybody fetches a public project, and nobody pushes to it without a role', async () => {
    const open = await aProject(server, { visibility: 'public' })
    expect((await fetchFrom(undefined, open)).code).toBe(0)
    const stranger = await aUser(server)
    expect((await fetchFrom(stranger.token, open)).code).toBe(0)
    await commitFiles(work, { a: '1' })
    const anonymous = await get(receive(open))
    expect([anonymous.status, anonymous.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="Countersign"'])
    expect((await push(stranger.token, ['main'], open)).stderr).toContain('You are not allowed to push code')
    expect(await listRefs(server.app.repositories.open(open.id), 'branch')).toEqual([])
  })

  it('who is signed in fetches an internal project, and nobody else', async () => {
    const internal = await aProject(server, { visibility: 'internal' })
    expect((await fetchFrom((await aUser(server)).token, internal)).code).toBe(0)
    expect((await get(upload(internal))).status).toBe(401)
  })

  it('nobody learns whether a project exists without credentials that hold', async () => {
    const answers = await Promise.all([
      get(upload(project)),
      get(upload({ full_path: 'no/such' })),
      get(upload(project), basic('anyone', 'glpat-wrong')),
      get(upload({ full_path: 'no/such' }), basic('anyone', 'glpat-wrong')),
    ])
    const seen = await Promise.all(
      answers.map(async (answer) => [answer.status, answer.headers.get('www-authenticate'), await answer.text()]),
    )
    for (const one of seen) expect(one).toEqual([401, 'Basic realm="Countersign"', 'HTTP Basic: Access denied\n'])
  })

  it('a stranger finds neither a private project nor one that does not exist', async () => {
    const { token } = await aUser(server)
    const answers = await Promise.all(
      [project, { full_path: 'no/such' }].map((of) => get(upload(of), basic('anyone', token))),
    )
    for (const answer of answers) {
      expect([answer.status, await answer.text()]).toEqual([
        404,
        'The project you were looking for could not be found or you do not have permission to view it.\n',
      ])
    }
  })

  it('T4 the token of a blocked person opens nothing', async () => {
    await pushed()
    const setState = (state: 'blocked' | 'active') =>
      inTransaction(server.db, (tx) => tx.updateTable('users').set({ state }).where('id', '=', developer.id).execute())
    await setState('blocked')
    expect((await fetchFrom(developer.token)).code).not.toBe(0)
    expect((await push(developer.token)).code).not.toBe(0)
    await setState('active')
    expect((await fetchFrom(developer.token)).code).toBe(0)
  })

  it('an archived project is fetched and not pushed to', async () => {
    await pushed()
    await archiveProject(server, project)
    expect((await fetchFrom(developer.token)).code).toBe(0)
    await commitFiles(work, { b: '1' })
    expect((await push(developer.token)).stderr).toContain('This project is archived')
  })

  it('a job fetches its project while it runs, and never pushes', async () => {
    await pushed({ '.gitlab-ci.yml': config })
    const token = await aRunningJob(server, project)
    const other = await aProject(server)
    await aMember(server, { project: other }, 'developer', { user: developer })
    const as = 'gitlab-ci-token'
    expect((await fetchFrom(token, project, as)).code).toBe(0)
    await git(dir, ['clone', '--quiet', '--depth', '1', remote(token, project, as), 'job'])
    // Its user could push, and could fetch the other project.
    await commitFiles(work, { b: '1' })
    expect((await push(token, ['main'], project, as)).code).not.toBe(0)
    expect((await fetchFrom(token, other, as)).code).not.toBe(0)
    expect((await fetchFrom(token, project, 'someone')).code).not.toBe(0)
    await endJobs(server, project)
    expect((await fetchFrom(token, project, as)).code).not.toBe(0)
  })

  it('records when a token was used', async () => {
    const { id, token } = await aToken(server, developer, ['read_repository'])
    await fetchFrom(token)
    const used = await server.db.selectFrom('access_tokens').select('last_used_at').where('id', '=', id).execute()
    expect(used[0]?.last_used_at).toBeInstanceOf(Date)
  })

  it('says so when the repository is gone', async () => {
    await server.app.repositories.remove(project.id)
    expect((await fetchFrom(developer.token)).stderr).toContain('A repository for this project does not exist yet.')
  })

  it('refuses services it does not have, and clients of the old protocol', async () => {
    const answers = await Promise.all(
      ['info/refs', 'info/refs?service=git-upload-archive'].map((path) =>
        get(`${project.full_path}.git/${path}`, basic('anyone', developer.token)),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual([403, 403])
  })

  it('reads compressed requests', async () => {
    const sha = await pushed()
    const body = gzipSync(
      Buffer.concat([pktLine('command=ls-refs\n'), Buffer.from('0001'), pktLine('peel\n'), flushPkt]),
    )
    const answer = await fetch(`${server.url}/${project.full_path}.git/git-upload-pack`, {
      method: 'POST',
      headers: {
        ...basic('anyone', developer.token),
        'content-type': 'application/x-git-upload-pack-request',
        'content-encoding': 'gzip',
        'git-protocol': 'version=2',
      },
      body,
    })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/x-git-upload-pack-result'])
    expect(await answer.text()).toContain(`${sha} refs/heads/main`)
  })
})
