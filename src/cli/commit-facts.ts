/** Which commit a pipeline is about: what it was told, what its CI system says, or the working copy it stands in. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { wrongUsage } from './failure.ts'

export interface CommitFacts {
  readonly sha: string
  /** A branch or tag; the commit's id where nobody knows one. */
  readonly ref: string
  readonly tag: boolean
}

interface Given {
  readonly sha?: string
  readonly ref?: string
  readonly tag?: boolean
}

type Environment = Readonly<Record<string, string | undefined>>

/** Each system's own variables: the commit, the branch, the tag (empty or absent unless the pipeline is for one). */
const systems = [
  // GitLab CI/CD and Woodpecker share the name of the commit.
  { sha: 'CI_COMMIT_SHA', branch: 'CI_COMMIT_BRANCH', tag: 'CI_COMMIT_TAG' },
  { sha: 'GITHUB_SHA', branch: 'GITHUB_REF_NAME', tag: null },
  { sha: 'BUILDKITE_COMMIT', branch: 'BUILDKITE_BRANCH', tag: 'BUILDKITE_TAG' },
  { sha: 'GIT_COMMIT', branch: 'BRANCH_NAME', tag: 'TAG_NAME' },
] as const

/** @throws CommandFailure when nothing says which commit it is */
export async function commitFacts(given: Given, env: Environment = process.env): Promise<CommitFacts> {
  const found = given.sha === undefined ? (fromEnvironment(env) ?? (await fromWorkingCopy())) : { sha: given.sha }
  if (found === null) throw wrongUsage('Nothing here says which commit is to be deployed: give --sha.')
  const ref = given.ref ?? ('ref' in found ? found.ref : undefined) ?? found.sha
  const tag = given.tag ?? (given.ref === undefined && 'tag' in found ? found.tag : false)
  return { sha: found.sha, ref, tag }
}

function fromEnvironment(env: Environment): CommitFacts | null {
  for (const names of systems) {
    const sha = env[names.sha]
    if (sha === undefined || !/^[0-9a-f]{40}$/i.test(sha)) continue
    const tag = names.tag === null ? undefined : env[names.tag]
    if (tag) return { sha, ref: tag, tag: true }
    return { sha, ref: env[names.branch] || sha, tag: names.tag === null && env['GITHUB_REF_TYPE'] === 'tag' }
  }
  return null
}

async function fromWorkingCopy(): Promise<CommitFacts | null> {
  const git = async (...args: string[]) => {
    const { stdout } = await promisify(execFile)('git', args)
    return stdout.trim()
  }
  const sha = await git('rev-parse', '--verify', 'HEAD^{commit}').catch(() => null)
  if (sha === null) return null
  const branch = await git('symbolic-ref', '--quiet', '--short', 'HEAD').catch(() => sha)
  return { sha, ref: branch, tag: false }
}
