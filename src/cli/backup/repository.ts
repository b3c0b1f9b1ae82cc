/** One repository out of and into an archive. git itself reads and writes the objects, so a collection may run meanwhile. */
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { boundedText, exitOf, type GitDirectory, GitError, runGit, spawnGit } from '../../git/git-process.ts'
import { parseRef, refNameProblem } from '../../git/ref-name.ts'
import { invalid } from './archive.ts'

/** Large repositories take their time. Milliseconds. */
const patience = { timeout: 3_600_000, maxBytes: 1 << 30 }

/** `refs/heads/main`, then `<object id> <ref>`, one per line. */
export async function readRefs(repository: GitDirectory): Promise<string> {
  const head = await runGit(repository, ['symbolic-ref', 'HEAD'])
  const refs = await runGit(repository, ['for-each-ref', '--format=%(objectname) %(refname)'], patience)
  return head.stdout.toString('utf8') + refs.stdout.toString('utf8')
}

/**
 * Every object, reachable or not: a deployment may be of a commit that no branch leads to any more. Call it after `readRefs`:
 * objects are written before the refs that need them.
 */
export async function packObjects(repository: GitDirectory, output: Writable): Promise<void> {
  const list = spawnGit(repository, ['cat-file', '--batch-all-objects', '--unordered', '--batch-check=%(objectname)'])
  // What is packed already is copied as it is; the rest is not worth the time of looking for similar objects.
  const pack = spawnGit(repository, ['pack-objects', '--stdout', '--quiet', '--delta-base-offset', '--window=0'])
  const errors = [boundedText(list.stderr), boundedText(pack.stderr)]
  list.stdin.end()
  const codes = Promise.all([exitOf(list), exitOf(pack)])
  const streams = Promise.all([pipeline(list.stdout, pack.stdin), pipeline(pack.stdout, output)])
  const [[listed, packed]] = await Promise.all([codes, streams.catch(() => undefined)])
  if (listed !== 0) throw new GitError(['cat-file'], listed, errors[0]?.() ?? '')
  if (packed !== 0) throw new GitError(['pack-objects'], packed, errors[1]?.() ?? '')
  await streams
}

/** Makes an empty bare repository, as a new project has it. @param head full name of a branch */
export async function initRepository(repository: GitDirectory, head: string): Promise<void> {
  const branch = parseRef(head)
  if (branch?.type !== 'branch' || refNameProblem(head) !== null) throw invalid(`${head} is not the name of a branch`)
  await runGit(repository, ['init', '--quiet', '--bare', '--template=', `--initial-branch=${branch.name}`])
}

/** Reads a pack; git checks every object in it. */
export async function unpackObjects(repository: GitDirectory, content: AsyncIterable<Buffer>): Promise<void> {
  const child = spawnGit(repository, ['index-pack', '--stdin', '--threads=1'])
  const stderr = boundedText(child.stderr)
  child.stdout.resume()
  const code = exitOf(child)
  const feed = pipeline(Readable.from(content), child.stdin)
  const failed = await feed.then(
    () => null,
    (error: unknown) => error,
  )
  if ((await code) !== 0) {
    // What broke off the input says more than git's complaint about it.
    if (failed instanceof Error && failed.name === 'CommandFailure') throw failed
    throw invalid(`a repository in it is damaged (${stderr().trim()})`)
  }
  if (failed) throw failed
}

/** Makes the refs, and checks that everything they lead to is there. @param text as `readRefs` answers it, without HEAD */
export async function writeRefs(repository: GitDirectory, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return
  const commands = lines.map((line) => {
    const [sha = '', ref = '', ...rest] = line.split(' ')
    if (!/^[0-9a-f]{40,64}$/.test(sha) || refNameProblem(ref) !== null || rest.length > 0) {
      throw invalid(`a line of a repository's refs is unknown: ${line}`)
    }
    return `create ${ref} ${sha}\n`
  })
  try {
    // Each would be written to the disk by itself; the caller does that once for everything.
    await runGit(repository, ['-c', 'core.fsync=none', 'update-ref', '--stdin'], {
      ...patience,
      input: commands.join(''),
    })
    await runGit(repository, ['-c', 'core.fsync=none', 'pack-refs', '--all'], patience)
    await runGit(repository, ['rev-list', '--objects', '--all', '--quiet'], patience)
  } catch (error) {
    if (!(error instanceof GitError) || error.code === null) throw error
    throw invalid(`a repository in it is damaged (${error.stderr.trim()})`)
  }
}
