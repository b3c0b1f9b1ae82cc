import { randomBytes } from 'node:crypto'
import { watch } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { flushPkt, pktLine } from '../../src/git/pkt-line.ts'
import { receivePack } from '../../src/git/receive-pack.ts'
import { createPipelineRef, listRefs, readHead } from '../../src/git/refs.ts'
import type { Repository } from '../../src/git/repository-store.ts'
import { advertiseRefs, uploadPack } from '../../src/git/smart-http.ts'
import {
  commitFiles,
  git,
  makeRepository,
  makeStore,
  makeWorkTree,
  type Served,
  serve,
  startGit,
  tryGit,
  until,
} from './git-fixtures.ts'

let fixture: Awaited<ReturnType<typeof makeStore>>
let served: Served
let projectId = 0
let repo: Repository
let work: string

beforeAll(async () => {
  fixture = await makeStore()
})

afterAll(async () => {
  await fixture.close()
})

beforeEach(async () => {
  await served?.close()
  served = await serve(fixture.store)
  projectId += 1
  repo = await makeRepository(fixture.store, projectId)
  work = await makeWorkTree(fixture.dir, `work-${projectId}`)
  await git(work, ['remote', 'add', 'origin', served.url(projectId)])
  return async () => served.close()
})

const heads = async () => Object.fromEntries((await listRefs(repo, 'branch')).map(({ name, target }) => [name, target]))

describe('fetch', () => {
  it('clones what was pushed, with the default branch checked out', async () => {
    const sha = await commitFiles(work, { 'README.md': 'hello\n', 'src/a.txt': 'a\n' })
    await git(work, ['push', 'origin', 'main'])
    await git(fixture.dir, ['clone', '--quiet', served.url(projectId), `clone-${projectId}`])
    const clone = join(fixture.dir, `clone-${projectId}`)
    expect(await git(clone, ['rev-parse', 'HEAD'])).toBe(sha)
    expect(await readFile(join(clone, 'src/a.txt'), 'utf8')).toBe('a\n')
    expect(await readHead(repo)).toBe('main')
  })

  it.each(['0', '1', '2'])('speaks protocol version %s', async (version) => {
    const sha = await commitFiles(work, { a: version })
    await git(work, ['push', 'origin', 'main'])
    const trace = await tryGit(work, ['-c', `protocol.version=${version}`, 'ls-remote', 'origin'], {
      GIT_TRACE_PACKET: '1',
    })
    expect(trace.stdout).toContain(`${sha}\trefs/heads/main`)
    expect(trace.stderr.includes('version 2')).toBe(version === '2')
    expect(trace.stderr.includes('# service=git-upload-pack')).toBe(version !== '2')
    await git(fixture.dir, [
      '-c',
      `protocol.version=${version}`,
      'clone',
      '-q',
      served.url(projectId),
      `v${version}-${projectId}`,
    ])
  })

  it.each(['0', '2'])(
    'fetches one commit deep, by branch and by commit id, in protocol version %s',
    async (version) => {
      const first = await commitFiles(work, { a: '1' })
      await commitFiles(work, { a: '2' })
      const last = await commitFiles(work, { a: '3' })
      await git(work, ['push', 'origin', 'main'])
      const runner = await makeWorkTree(fixture.dir, `runner-${projectId}`)
      const fetchOne = (refspec: string) =>
        git(runner, [
          '-c',
          `protocol.version=${version}`,
          'fetch',
          '-q',
          '--depth',
          '1',
          served.url(projectId),
          refspec,
        ])
      await fetchOne('+refs/heads/main:refs/remotes/o/main')
      expect(await git(runner, ['rev-list', 'o/main'])).toBe(last)
      // What a runner asks for when the branch has moved on (`GIT_DEPTH` and a job of an older pipeline).
      await fetchOne(`+${first}:refs/pipelines/7`)
      expect(await git(runner, ['rev-list', 'refs/pipelines/7'])).toBe(first)
      expect((await createPipelineRef(repo, 8, first)).ok).toBe(true)
      await fetchOne('+refs/pipelines/8:refs/pipelines/8')
      expect(await git(runner, ['rev-list', 'refs/pipelines/8'])).toBe(first)
    },
  )

  it('reads compressed requests of the git program', async () => {
    await commitFiles(work, { a: '1' })
    // Many wanted and known commits make the request large enough to be compressed.
    for (let i = 0; i < 30; i += 1) {
      await commitFiles(work, { a: String(i) })
      await git(work, ['branch', `b${i}`])
    }
    await git(work, ['push', '--quiet', 'origin', '--all'])
    await git(fixture.dir, ['clone', '--quiet', served.url(projectId), `gz-${projectId}`])
    expect(served.requests.some(({ encoding }) => encoding === 'gzip')).toBe(true)
  })

  it('tells the client about a commit that does not exist, and stays in order', async () => {
    await commitFiles(work, { a: '1' })
    await git(work, ['push', 'origin', 'main'])
    const outcome = await tryGit(work, ['fetch', 'origin', 'a'.repeat(40)])
    expect(outcome.code).not.toBe(0)
    expect(outcome.stderr).toContain('not our ref')
  })

  it('stops git when the request breaks off', async () => {
    await commitFiles(work, { a: '1' })
    await git(work, ['push', 'origin', 'main'])
    const problems: Error[] = []
    const request = new Readable({ read() {} })
    const answer = uploadPack(repo, request, { onProblem: (error) => problems.push(error) })
    request.push('0032want ')
    request.destroy()
    await buffer(answer)
    await until(() => problems.length === 1)
  })

  it('stops git when the answer is no longer read', async () => {
    await commitFiles(work, { a: Buffer.alloc(300_000, 'x') })
    await git(work, ['push', 'origin', 'main'])
    const answer = advertiseRefs(repo, 'git-upload-pack')
    await new Promise((resolve) => answer.once('readable', resolve))
    answer.destroy()
    await until(() => answer.closed)
  })

  it('ignores a Git-Protocol header that is not one', async () => {
    const text = (await buffer(advertiseRefs(repo, 'git-upload-pack', { gitProtocol: 'version=2\nX=1' }))).toString()
    expect(text.startsWith('001e# service=git-upload-pack\n0000')).toBe(true)
  })
})

describe('push', () => {
  it('tells the caller what took effect before the client is told', async () => {
    const sha = await commitFiles(work, { a: '1' })
    await git(work, ['tag', 'main'])
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    let told = false
    served.hooks.onUpdated = async (updates, pushOptions) => {
      served.pushed.push({ updates, pushOptions })
      await held
      return 'Pipeline #7 was created.'
    }
    const push = tryGit(work, ['push', 'origin', 'refs/heads/main', 'refs/tags/main']).finally(() => {
      told = true
    })
    await until(() => served.pushed.length === 1)
    // The refs have moved, the caller is at work, the client still waits.
    expect(await heads()).toEqual({ main: sha })
    expect(told).toBe(false)
    release()
    const outcome = await push
    expect(outcome.code).toBe(0)
    expect(outcome.stderr).toContain('remote: Pipeline #7 was created.')
    const zero = '0'.repeat(40)
    expect(served.pushed[0]?.updates).toEqual([
      { ref: 'refs/heads/main', oldSha: zero, newSha: sha, type: 'branch', name: 'main', kind: 'create' },
      { ref: 'refs/tags/main', oldSha: zero, newSha: sha, type: 'tag', name: 'main', kind: 'create' },
    ])
  })

  it('reports updates, forced updates and deletions with their old commits', async () => {
    const one = await commitFiles(work, { a: '1' })
    await git(work, ['push', 'origin', 'main', 'main:gone'])
    const two = await commitFiles(work, { a: '2' })
    await git(work, ['push', 'origin', 'main', ':gone'])
    await git(work, ['reset', '--quiet', '--hard', one])
    const three = await commitFiles(work, { a: '3' })
    await git(work, ['push', '--force', 'origin', 'main'])
    const seen = served.pushed.slice(1).map(({ updates }) => updates.map((u) => [u.kind, u.name, u.oldSha, u.newSha]))
    expect(seen).toEqual([
      expect.arrayContaining([
        ['update', 'main', one, two],
        ['delete', 'gone', one, '0'.repeat(40)],
      ]),
      [['update', 'main', two, three]],
    ])
    expect(await heads()).toEqual({ main: three })
  })

  it('passes push options to both hooks', async () => {
    await commitFiles(work, { a: '1' })
    const asked: (readonly string[])[] = []
    served.hooks.authorize = async (_, pushOptions) => {
      asked.push(pushOptions)
      return null
    }
    await git(work, ['push', '-o', 'ci.skip', '-o', 'ci.variable=A=B C', 'origin', 'main'])
    expect(asked).toEqual([['ci.skip', 'ci.variable=A=B C']])
    expect(served.pushed.map(({ pushOptions }) => pushOptions)).toEqual(asked)
  })

  it('refuses with a sentence the person reads, and stores nothing', async () => {
    const sha = await commitFiles(work, { a: Buffer.alloc(3_000_000, 'x') })
    served.hooks.authorize = async () => 'You are not allowed to push code to protected branches on this project.'
    const outcome = await tryGit(work, ['push', 'origin', 'main'])
    expect(outcome.code).not.toBe(0)
    expect(outcome.stderr).toContain('remote: You are not allowed to push code to protected branches on this project.')
    expect(outcome.stderr).toContain('[remote rejected] main -> main (pre-receive hook declined)')
    expect(await heads()).toEqual({})
    expect(served.pushed).toEqual([])
    const found = await tryGit(repo.path, ['cat-file', '-e', sha])
    expect(found.code).not.toBe(0)
  })

  it.each([
    ['refs/pipelines/5', 'Only branches and tags can be pushed, not refs/pipelines/5.'],
    ['refs/heads', 'Only branches and tags can be pushed, not refs/heads.'],
    ['refs/replace/x', 'Only branches and tags can be pushed, not refs/replace/x.'],
    [`refs/heads/${'a'.repeat(40)}`, 'looks like a commit id'],
    ['refs/tags/refs/heads/main', 'starts with refs/'],
    ['refs/heads/-x', 'starts with a dash'],
    ['refs/heads/HEAD', 'is HEAD'],
  ])('refuses a push to %s', async (ref, sentence) => {
    await commitFiles(work, { a: '1' })
    const outcome = await tryGit(work, ['push', 'origin', `HEAD:${ref}`, 'main'])
    expect(outcome.code).not.toBe(0)
    if (ref !== 'refs/heads') expect(outcome.stderr).toContain(sentence)
    expect(await heads()).toEqual({})
    expect(await git(repo.path, ['for-each-ref'])).toBe('')
  })

  it('does not let the default branch be deleted, which would break every clone', async () => {
    const sha = await commitFiles(work, { a: '1' })
    await git(work, ['push', 'origin', 'main'])
    served.pushed.length = 0
    const outcome = await tryGit(work, ['push', 'origin', ':main'])
    expect(outcome.stderr).toContain('deletion of the current branch prohibited')
    expect(served.pushed).toEqual([])
    expect(await heads()).toEqual({ main: sha })
  })

  it('lets one of several pushes to a branch win', async () => {
    await commitFiles(work, { a: '0' })
    await git(work, ['push', 'origin', 'main'])
    served.pushed.length = 0
    const clones = await Promise.all(
      [1, 2, 3, 4].map(async (n) => {
        await git(fixture.dir, ['clone', '--quiet', served.url(projectId), `racer-${projectId}-${n}`])
        const path = join(fixture.dir, `racer-${projectId}-${n}`)
        return { path, sha: await commitFiles(path, { a: `change ${n}` }) }
      }),
    )
    // All of them are past the advertisement before the first may go on.
    let waiting = 0
    let open = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    served.hooks.authorize = async () => {
      waiting += 1
      if (waiting === clones.length) open()
      await gate
      return null
    }
    const outcomes = await Promise.all(clones.map(({ path }) => tryGit(path, ['push', 'origin', 'main'])))
    const winners = clones.filter((_, index) => outcomes[index]?.code === 0)
    expect(winners).toHaveLength(1)
    expect(served.pushed.map(({ updates }) => updates.map(({ newSha }) => newSha))).toEqual([[winners[0]?.sha]])
    expect(await heads()).toEqual({ main: winners[0]?.sha })
    for (const outcome of outcomes.filter(({ code }) => code !== 0)) expect(outcome.stderr).toContain('remote rejected')
  })

  it('reports only the refs that moved when others of the same push fail', async () => {
    const one = await commitFiles(work, { a: '1' })
    await git(work, ['push', 'origin', 'main'])
    const two = await commitFiles(work, { a: '2' })
    // While the push waits, somebody else moves one of its branches.
    served.hooks.authorize = async () => {
      await git(repo.path, ['update-ref', '-d', 'refs/heads/main'])
      return null
    }
    const outcome = await tryGit(work, ['push', 'origin', 'main', 'main:other'])
    expect(outcome.code).not.toBe(0)
    expect(served.pushed.at(-1)?.updates.map(({ name, newSha }) => [name, newSha])).toEqual([['other', two]])
    expect(await heads()).toEqual({ other: two })
    expect(one).not.toBe(two)
  })

  it('streams a large push without holding it in memory', async () => {
    await commitFiles(work, { 'a.bin': randomBytes(8_000_000), 'b.bin': randomBytes(8_000_000) })
    const collect = garbageCollector()
    const held = () => {
      collect()
      const { external, heapUsed } = process.memoryUsage()
      return external + heapUsed
    }
    const before = held()
    let peak = 0
    let samples = 0
    const watch = setInterval(() => {
      peak = Math.max(peak, held() - before)
      samples += 1
    }, 20)
    await git(work, ['-c', 'core.compression=0', 'push', 'origin', 'main'])
    clearInterval(watch)
    expect(samples).toBeGreaterThan(5)
    expect(peak).toBeLessThan(6_000_000)
  })

  it('does not read ahead while the push is being authorised', async () => {
    let produced = 0
    const body = new Readable({
      read() {
        const chunk = produced === 0 ? pushHead('a'.repeat(40), 'refs/heads/main') : Buffer.alloc(65_536)
        produced += chunk.length
        this.push(chunk)
      },
    })
    const result = receivePack(repo, body, {
      maxPackBytes: 10_000_000,
      authorize: async () => {
        // Whatever the stream machinery does on its own has happened after a turn of the loop.
        await new Promise((resolve) => setImmediate(resolve))
        expect(produced).toBeLessThan(500_000)
        body.push(null)
        return 'No.'
      },
      onUpdated: async () => null,
    })
    expect((await result).ok).toBe(true)
  })

  it('leaves the refs alone when the pusher is killed midway', async () => {
    const old = await commitFiles(work, { a: '1' })
    await git(work, ['push', 'origin', 'main'])
    served.pushed.length = 0
    // More than the buffers of a connection hold, so that part of the pack is still with the client.
    await commitFiles(work, { 'a.bin': randomBytes(20_000_000) })
    const seen = new Set<string | null>()
    const watcher = watch(join(repo.path, 'objects'), (_, name) => seen.add(name))
    served.hooks.authorize = async () => {
      const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
      child.kill()
      await gone
      return null
    }
    const child = startGit(work, ['-c', 'core.compression=0', 'push', 'origin', 'main'])
    // git took up its part of the pack, and put it away again.
    await until(() => [...seen].some((name) => name?.startsWith('tmp_objdir')))
    watcher.close()
    await until(async () => (await quarantines()).length === 0)
    expect(await heads()).toEqual({ main: old })
    expect(served.pushed).toEqual([])
    served.hooks.authorize = async () => null
    await git(work, ['-c', 'core.compression=0', 'push', 'origin', 'main'])
    expect((await heads())['main']).toBe(await git(work, ['rev-parse', 'HEAD']))
  })

  it('leaves the refs alone when the connection breaks in the pack', async () => {
    const sha = await commitFiles(work, { a: 'some text to send\n' })
    const pack = await packOf(work, sha)
    const head = pushHead(sha, 'refs/heads/main')
    const body = Buffer.concat([head, pack])
    const { port } = new URL(served.url(projectId))
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(
      `POST /${projectId}.git/git-receive-pack HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`,
    )
    socket.write(body.subarray(0, body.length - 20))
    await until(async () => (await quarantines()).length > 0)
    socket.destroy()
    await until(async () => (await quarantines()).length === 0)
    expect(await heads()).toEqual({})
    expect(served.pushed).toEqual([])
  })

  it('records a push whose pack arrived whole although the client is gone', async () => {
    const sha = await commitFiles(work, { a: 'some text to send\n' })
    const body = Buffer.concat([pushHead(sha, 'refs/heads/main'), await packOf(work, sha)])
    const { port } = new URL(served.url(projectId))
    const socket = connect(Number(port), '127.0.0.1')
    served.hooks.authorize = async () => null
    // One byte more is announced than sent: for the server the request is never complete.
    socket.write(
      `POST /${projectId}.git/git-receive-pack HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length + 1}\r\n\r\n`,
    )
    socket.write(body)
    await until(async () => served.pushed.length === 1)
    socket.destroy()
    expect(await heads()).toEqual({ main: sha })
  })

  it('accepts a compressed push', async () => {
    const sha = await commitFiles(work, { a: 'x\n' })
    const body = gzipSync(Buffer.concat([pushHead(sha, 'refs/heads/main'), await packOf(work, sha)]))
    const response = await fetch(`${served.url(projectId)}/git-receive-pack`, {
      method: 'POST',
      headers: { 'content-encoding': 'gzip' },
      body,
    })
    expect(await response.text()).toContain('unpack ok')
    expect(await heads()).toEqual({ main: sha })
  })

  it('refuses a pack above the limit with a reason, and goes on working', async () => {
    await commitFiles(work, { 'a.bin': randomBytes(3_000_000) })
    served.hooks.maxPackBytes = 1_000_000
    const outcome = await tryGit(work, ['push', 'origin', 'main'])
    expect(outcome.code).not.toBe(0)
    expect(outcome.stderr).toContain('maximum allowed size')
    expect(await heads()).toEqual({})
    served.hooks.maxPackBytes = 10_000_000
    await git(work, ['push', 'origin', 'main'])
  })

  it('refuses objects that git considers damaged', async () => {
    await commitFiles(work, { a: '1' })
    const blob = await git(work, ['rev-parse', 'HEAD:a'])
    await writeFile(join(work, '.git', 'tree'), Buffer.concat([Buffer.from('100644 .git\0'), Buffer.from(blob, 'hex')]))
    const tree = await git(work, ['hash-object', '-t', 'tree', '-w', '--literally', '.git/tree'])
    const commit = await git(work, ['commit-tree', '-m', 'bad', tree])
    const outcome = await tryGit(work, ['push', 'origin', `${commit}:refs/heads/bad`])
    expect(outcome.code).not.toBe(0)
    expect(outcome.stderr).toContain('hasDotgit')
    expect(await heads()).toEqual({})
  })

  it('tells the client when the caller could not record the push', async () => {
    await commitFiles(work, { a: '1' })
    served.hooks.onUpdated = async () => {
      throw new Error('the database is gone')
    }
    const outcome = await tryGit(work, ['push', 'origin', 'main'])
    expect(outcome.code).not.toBe(0)
    expect(outcome.stderr).toContain('internal error on the server')
    expect(outcome.stderr).not.toContain('database')
    expect(served.problems.map(({ message }) => message)).toEqual(['the database is gone'])
  })

  it.each([
    ['not packets', Buffer.from('hello world')],
    ['a command that is none', Buffer.concat([pktLine('push everything'), flushPkt])],
    ['an end within the commands', pktLine(`${'0'.repeat(40)} ${'a'.repeat(40)} refs/heads/x\0 report-status`)],
    [
      'a signed push, which is not offered',
      Buffer.concat([pktLine('push-cert\0 report-status\n'), pktLine('certificate version 0.1\n'), flushPkt]),
    ],
    ['another hash function', pushHead('a'.repeat(40), 'refs/heads/x', 'report-status object-format=sha256')],
    ['no way to report', pushHead('a'.repeat(40), 'refs/heads/x', 'side-band-64k')],
  ])('answers a request that is not a push as a value: %s', async (_, body) => {
    let asked = 0
    const result = await receivePack(repo, Readable.from([body]), {
      maxPackBytes: 1000,
      authorize: async () => {
        asked += 1
        return null
      },
      onUpdated: async () => null,
    })
    expect(result.ok).toBe(false)
    expect(asked).toBe(0)
  })
})

async function quarantines(): Promise<string[]> {
  return (await readdir(join(repo.path, 'objects'))).filter((name) => name.startsWith('tmp_objdir'))
}

function pushHead(sha: string, ref: string, capabilities = 'report-status'): Buffer {
  return Buffer.concat([pktLine(`${'0'.repeat(40)} ${sha} ${ref}\0 ${capabilities}`), flushPkt])
}

async function packOf(workTree: string, sha: string): Promise<Buffer> {
  await git(workTree, ['repack', '-adq'])
  const dir = join(workTree, '.git/objects/pack')
  const name = (await readdir(dir)).find((file) => file.endsWith('.pack'))
  if (!name) throw new Error(`No pack with ${sha}`)
  return readFile(join(dir, name))
}

/** What is really held, and not only not yet collected, is visible after a collection. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
