/** A developer's working copy: plain git, pushing over HTTP with a token. */
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Cast } from './story.ts'
import { StoryFailure, type Teller } from './teller.ts'

const run = promisify(execFile)

/** The file of the page, word for word. */
export const pipelineFile = `stages:
  - deploy

production:
  stage: deploy
  script:
    - 'echo "Deploying to \${CI_ENVIRONMENT_NAME}"'
  environment:
    name: \${CI_JOB_NAME}
`

export interface WorkingCopy {
  readonly path: string
  git(...args: string[]): Promise<string>
}

/** Makes a repository with the page's `.gitlab-ci.yml`, not committed yet. */
export async function makeWorkingCopy(
  { url, scratch, teller }: Cast,
  project: string,
  who: { readonly username: string; readonly token: string },
): Promise<WorkingCopy> {
  const path = join(scratch, 'working-copy')
  // Its remote holds a token.
  await mkdir(path, { mode: 0o700 })
  const remote = `${url.replace('://', `://${who.username}:${who.token}@`)}/${project}.git`
  const git = async (...args: string[]) => {
    try {
      const { stdout } = await run('git', ['-C', path, ...args], { env: environment(who.username) })
      return stdout.trim()
    } catch (error) {
      throw new StoryFailure(`git ${args[0]} failed: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  await git('init', '--quiet', '--initial-branch', 'main')
  await git('remote', 'add', 'origin', remote)
  await writeFile(join(path, '.gitlab-ci.yml'), pipelineFile)
  teller.say(`$ git -C ${path} remote add origin ${remote}`)
  for (const line of pipelineFile.trimEnd().split('\n')) teller.say(`  | ${line}`)
  return { path, git }
}

/** Commits a change and pushes it to main. Answers the commit's id. */
export async function changeAndPush(copy: WorkingCopy, teller: Teller, message: string): Promise<string> {
  await writeFile(join(copy.path, 'CHANGES'), `${message}\n`)
  await copy.git('add', '--all')
  await copy.git('commit', '--quiet', '--message', message)
  teller.say(`$ git -C ${copy.path} push origin main`)
  await copy.git('push', '--quiet', 'origin', 'main')
  return copy.git('rev-parse', 'HEAD')
}

/** Nothing of the person's own git configuration takes part. */
function environment(name: string): NodeJS.ProcessEnv {
  const identity = { NAME: name, EMAIL: `${name}@example.com` }
  return {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: identity.NAME,
    GIT_AUTHOR_EMAIL: identity.EMAIL,
    GIT_COMMITTER_NAME: identity.NAME,
    GIT_COMMITTER_EMAIL: identity.EMAIL,
  }
}
