import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { gitCredentials, splitCredentials } from '../../src/runner/git-source.ts'
import type { FakeServer, ServerJob } from './helpers/fake-server.ts'
import { git, plain, startWorld } from './helpers/test-runner.ts'

/** A bare repository `<name>.git` with three commits on main, a pipeline ref for the second, and its work tree. */
async function makeRepository(dir: string, name: string): Promise<{ work: string; shas: string[] }> {
  const work = join(dir, `${name}-work`)
  await mkdir(work)
  git(work, 'init', '--quiet')
  const shas: string[] = []
  for (const number of [1, 2, 3]) {
    await writeFile(join(work, 'number.txt'), `${number}\n`)
    git(work, 'add', '.')
    git(work, 'commit', '--quiet', '-m', `commit ${number}`)
    shas.push(git(work, 'rev-parse', 'HEAD'))
  }
  git(dir, 'clone', '--quiet', '--bare', work, `${name}.git`)
  git(join(dir, `${name}.git`), 'update-ref', 'refs/pipelines/9', shas[1] ?? '')
  return { work, shas }
}

/** A job that starts from a commit, with its token in the URL as GitLab sends it. */
function gitJob(server: FakeServer, sha: string, script: string[], variables: Record<string, string> = {}): ServerJob {
  const job = server.job({
    script,
    git_info: {
      repo_url: '',
      ref: 'main',
      sha,
      refspecs: ['+refs/pipelines/9:refs/pipelines/9', '+refs/heads/main:refs/remotes/origin/main'],
      depth: 1,
    },
    variables: Object.entries(variables).map(([key, value]) => ({ key, value })),
  })
  const url = new URL(`${server.url}/git/app.git`)
  url.username = 'gitlab-ci-token'
  url.password = job.token
  job.payload.git_info.repo_url = url.href
  job.payload.variables.push({
    key: 'CI_JOB_TOKEN',
    value: job.token,
    public: false,
    masked: true,
    file: false,
    raw: false,
  })
  return job
}

describe('the source of a job', () => {
  it('is the commit of the job, fetched with its token, which is left nowhere', async () => {
    const { server, dir } = await startWorld()
    const { shas } = await makeRepository(dir, 'app')
    const job = gitJob(server, shas[1] ?? '', [
      'cat number.txt; git rev-parse HEAD; git log --format=%s',
      'grep -r "glcbt-" .git && exit 1; cat .git/config',
      'git fetch --quiet origin main && git log -1 --format="then %s" FETCH_HEAD',
    ])
    expect(await job.finished()).toMatchObject({ state: 'success' })
    const log = plain(job.log())
    expect(log).toContain(`\n2\n${shas[1]}\ncommit 2\n$`)
    expect(log).toContain(`url = ${server.url}/git/app.git`)
    expect(log).toContain('then commit 3')
    expect(log).not.toContain(job.token)
    expect(log).toContain('Fetching the last 1 commits...')
  })

  it('has the history that GIT_DEPTH asks for', async () => {
    const { server, dir } = await startWorld()
    const { shas } = await makeRepository(dir, 'app')
    const job = gitJob(server, shas[2] ?? '', ['git log --format=%s'], { GIT_DEPTH: '0' })
    await job.finished()
    expect(plain(job.log())).toContain('\ncommit 3\ncommit 2\ncommit 1\n')
  })

  it('is clean for every job', async () => {
    const { server, dir } = await startWorld({ concurrency: 1 })
    const { shas } = await makeRepository(dir, 'app')
    await gitJob(server, shas[2] ?? '', ['echo dirt > dirt.txt; echo changed > number.txt']).finished()
    const job = gitJob(server, shas[2] ?? '', ['ls; cat number.txt'], { GIT_STRATEGY: 'fetch' })
    await job.finished()
    expect(plain(job.log())).toContain('\nnumber.txt\n3\n')
  })

  it('includes submodules on request, with the same token', async () => {
    const { server, dir } = await startWorld()
    const { work } = await makeRepository(dir, 'app')
    await makeRepository(dir, 'lib')
    git(work, 'submodule', '--quiet', 'add', '../lib.git', 'lib')
    git(work, 'commit', '--quiet', '-m', 'with lib')
    git(work, 'push', '--quiet', join(dir, 'app.git'), 'HEAD:main')
    const sha = git(work, 'rev-parse', 'HEAD')
    const without = gitJob(server, sha, ['ls -A lib | wc -l'])
    const withIt = gitJob(server, sha, ['cat lib/number.txt'], { GIT_SUBMODULE_STRATEGY: 'recursive' })
    await without.finished()
    expect(plain(without.log())).toContain('\n0\n')
    expect(await withIt.finished()).toMatchObject({ state: 'success' })
    expect(plain(withIt.log())).toContain('\n3\n')
  })

  it('that cannot be had fails the job as a failure of the system, after the attempts asked for', async () => {
    const { server, dir } = await startWorld()
    await makeRepository(dir, 'app')
    const job = gitJob(server, 'f'.repeat(40), ['echo never'], { GET_SOURCES_ATTEMPTS: '2' })
    expect(await job.finished()).toMatchObject({ state: 'failed', failure_reason: 'runner_system_failure' })
    expect(plain(job.log())).toContain('WARNING: Retrying (2 of 2)')
    expect(plain(job.log())).not.toContain('never')
  })

  it('is surrounded by the hooks', async () => {
    const { server, dir } = await startWorld()
    const { shas } = await makeRepository(dir, 'app')
    const job = gitJob(server, shas[2] ?? '', ['true'])
    job.payload.hooks.push(
      { name: 'pre_get_sources_script', script: ['echo before; ls'] },
      { name: 'post_get_sources_script', script: ['echo "after $(cat number.txt)"'] },
    )
    await job.finished()
    expect(plain(job.log())).toMatch(/\nbefore\n\S*Fetching[^]*\nafter 3\n/)
  })

  it('may be at another place below the builds directory, and nowhere else', async () => {
    const { server } = await startWorld()
    const job = server.job({
      script: ['pwd'],
      variables: [
        { key: 'GIT_STRATEGY', value: 'empty' },
        { key: 'GIT_CLONE_PATH', value: '$CI_BUILDS_DIR/go/src/app' },
      ],
    })
    const outside = server.job({ variables: [{ key: 'GIT_CLONE_PATH', value: '/tmp' }] })
    await job.finished()
    expect(plain(job.log())).toMatch(/\/builds\/\d\/go\/src\/app\n/)
    expect(await outside.finished()).toMatchObject({ failure_reason: 'runner_configuration_error' })
  })
})

describe('credentials for git', () => {
  it.each([
    ['http://u:p%40@host:1/a.git', { url: 'http://host:1/a.git', user: 'u', password: 'p@' }],
    ['https://host/a.git', { url: 'https://host/a.git', user: '', password: '' }],
    ['file:///srv/a.git', { url: 'file:///srv/a.git', user: '', password: '' }],
    ['git@host:a.git', { url: 'git@host:a.git', user: '', password: '' }],
  ])('are taken out of %s', (url, parts) => {
    expect(splitCredentials(url)).toEqual(parts)
  })

  it('are bound to the server they are for', () => {
    expect(Object.values(gitCredentials('http://u:p@host:1/a.git'))).toContain('credential.http://host:1.helper')
    expect(gitCredentials('file:///srv/a.git')).toEqual({ GIT_TERMINAL_PROMPT: '0' })
  })
})
