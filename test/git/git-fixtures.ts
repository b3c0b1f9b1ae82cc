import { execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { RefUpdate } from '../../src/git/push-request.ts'
import { type ReceiveOptions, receivePack } from '../../src/git/receive-pack.ts'
import { openStore, type Repository, type RepositoryStore, type StoreOptions } from '../../src/git/repository-store.ts'
import { advertiseRefs, parseService, uploadPack } from '../../src/git/smart-http.ts'

export const person = { name: 'Ada Example', email: 'ada@example.com' }

export type Outcome = { readonly code: number; readonly stdout: string; readonly stderr: string }

/** A temporary directory with a store in it; both go away with `close`. */
export async function makeStore(options?: StoreOptions) {
  const dir = await mkdtemp(join(tmpdir(), 'countersign-git-'))
  const store = await openStore(join(dir, 'repositories'), options)
  const close = async () => {
    await store.close()
    await rm(dir, { recursive: true, force: true })
  }
  return { dir, store, close }
}

/** A new repository in the store. */
export async function makeRepository(store: RepositoryStore, projectId: number): Promise<Repository> {
  const created = await store.create(projectId, 'main')
  if (!created.ok) throw new Error(created.error.code)
  return created.value
}

/** Runs the git program as a person would, with an environment of its own; does not fail on a status. */
export function tryGit(cwd: string, args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile('git', args, { cwd, env: clientEnvironment(env), maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr })
    })
  })
}

/** As `tryGit`, and fails on any status but 0. Returns standard output without its last line feed. */
export async function git(cwd: string, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await tryGit(cwd, args, env)
  if (code !== 0) throw new Error(`git ${args.join(' ')} ended with ${code}: ${stderr}`)
  return stdout.replace(/\n$/, '')
}

/** Starts the git program and leaves it running. `kill` ends it and every helper it started, at once. */
export function startGit(cwd: string, args: readonly string[]) {
  const child = spawn('git', args, { cwd, env: clientEnvironment({}), stdio: 'ignore', detached: true })
  return {
    once: (event: 'close', listener: () => void) => child.once(event, listener),
    kill: () => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'),
  }
}

function clientEnvironment(env: Record<string, string>): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: person.name,
    GIT_AUTHOR_EMAIL: person.email,
    GIT_COMMITTER_NAME: person.name,
    GIT_COMMITTER_EMAIL: person.email,
    ...env,
  }
}

/** A work tree with the branch `main` and no commit. */
export async function makeWorkTree(dir: string, name: string): Promise<string> {
  const path = join(dir, name)
  await git(dir, ['init', '--quiet', '--initial-branch=main', path])
  return path
}

/** Writes files, commits all of them, and returns the commit's id. */
export async function commitFiles(
  workTree: string,
  files: Readonly<Record<string, string | Buffer>>,
  message = 'Change files',
  env: Record<string, string> = {},
): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(workTree, path)), { recursive: true })
    await writeFile(join(workTree, path), content)
  }
  await git(workTree, ['add', '--all'])
  await git(workTree, ['commit', '--quiet', '--allow-empty', '-m', message], env)
  return git(workTree, ['rev-parse', 'HEAD'])
}

/** Pushes without HTTP, for tests that only need what is in the repository. */
export function pushTo(repo: Repository, workTree: string, ...refs: string[]): Promise<string> {
  return git(workTree, ['-c', 'safe.directory=*', 'push', '--quiet', '--force', repo.path, ...refs])
}

export type Served = {
  readonly url: (projectId: number) => string
  readonly requests: { method: string; url: string; encoding: string | undefined; gitProtocol: string | undefined }[]
  readonly pushed: { updates: readonly RefUpdate[]; pushOptions: readonly string[] }[]
  readonly problems: Error[]
  /** What the next pushes meet; change it freely. */
  hooks: Pick<ReceiveOptions, 'authorize' | 'onUpdated'> & { maxPackBytes: number }
  close(): Promise<void>
}

/** The least HTTP server that speaks to git: no accounts, `/<projectId>.git/…`. */
export async function serve(store: RepositoryStore): Promise<Served> {
  const served: Omit<Served, 'url' | 'close'> = {
    requests: [],
    pushed: [],
    problems: [],
    hooks: {
      maxPackBytes: 64 * 1024 * 1024,
      authorize: async () => null,
      onUpdated: async (updates, pushOptions) => {
        served.pushed.push({ updates, pushOptions })
        return null
      },
    },
  }
  const server = createServer((request, response) => {
    answer(store, served, request, response).catch((error: unknown) => {
      served.problems.push(error instanceof Error ? error : new Error(String(error)))
      if (!response.headersSent) response.writeHead(500)
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const port = (server.address() as AddressInfo).port
  return Object.assign(served, {
    url: (projectId: number) => `http://127.0.0.1:${port}/${projectId}.git`,
    close: () => stop(server),
  })
}

async function answer(
  store: RepositoryStore,
  served: Omit<Served, 'url' | 'close'>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const gitProtocol = request.headers['git-protocol']?.toString()
  const encoding = request.headers['content-encoding']
  served.requests.push({ method: request.method ?? '', url: request.url ?? '', encoding, gitProtocol })
  const match = /^\/(\d+)\.git\/(info\/refs|git-upload-pack|git-receive-pack)$/.exec(url.pathname)
  if (!match) return void response.writeHead(404).end()
  const repo = store.open(Number(match[1]))
  const onProblem = (error: Error) => void served.problems.push(error)
  const send = (type: string, body: Readable) => {
    response.writeHead(200, { 'content-type': `application/x-${type}`, 'cache-control': 'no-cache' })
    return pipeline(body, response).catch(() => {})
  }

  if (match[2] === 'info/refs') {
    const service = parseService(url.searchParams.get('service') ?? undefined)
    if (!service) return void response.writeHead(403).end()
    return send(`${service}-advertisement`, advertiseRefs(repo, service, { gitProtocol, onProblem }))
  }
  const options = { gitProtocol, gzip: encoding === 'gzip', onProblem }
  if (match[2] === 'git-upload-pack') return send('git-upload-pack-result', uploadPack(repo, request, options))
  const result = await receivePack(repo, request, {
    ...options,
    maxPackBytes: served.hooks.maxPackBytes,
    authorize: (...push) => served.hooks.authorize(...push),
    onUpdated: (...push) => served.hooks.onUpdated(...push),
  })
  if (!result.ok) return void response.writeHead(400).end(result.error.problem)
  return send('git-receive-pack-result', result.value)
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

/** Waits until a condition holds; fails after ten seconds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const limit = Date.now() + 10_000
  while (!(await condition())) {
    if (Date.now() > limit) throw new Error('The condition did not come true')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
