import { execFileSync } from 'node:child_process'
import { chmod, mkdir, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { accountNotice, defaultBuildsDir, defaultJobAccount, leaseAccount } from '../../src/runner/account.ts'
import { prepareBuildsDir } from '../../src/runner/slot.ts'
import { allDead, pidsIn } from './helpers/processes.ts'
import { plain, scratchDir, startWorld } from './helpers/test-runner.ts'

const isRoot = process.geteuid?.() === 0 && process.platform === 'linux'

/** Says for each command whether it worked, without the job failing. */
function attempts(commands: Readonly<Record<string, string>>): string[] {
  return Object.entries(commands).map(
    ([name, command]) => `if ${command} >/dev/null 2>&1; then echo "${name}: yes"; else echo "${name}: no"; fi`,
  )
}

function answers(log: string): Record<string, string> {
  return Object.fromEntries(
    [...plain(log).matchAll(/^([\w ]+): (yes|no)$/gm)].map(([, name = '', answer = '']) => [name, answer]),
  )
}

describe.runIf(isRoot)('a job of a runner that was started as root', () => {
  it('reaches neither data nor database nor environment nor state of the server', async () => {
    const { server, dir, options } = await startWorld()
    const data = join(dir, 'data')
    await mkdir(data, { mode: 0o700 })
    await writeFile(join(data, 'secret'), 'the data of the server', { mode: 0o644 })
    const socket = createServer().listen(join(data, 'database.sock'))
    onTestFinished(() => void socket.close())
    await expect.poll(() => socket.listening).toBe(true)
    const job = server.job({
      script: [
        ...attempts({
          'own files': 'touch mine && cat mine && touch ~/mine $TMPDIR/mine',
          data: `cat ${data}/secret`,
          'data listing': `ls ${data}`,
          socket: `test -S ${data}/database.sock`,
          environment: `cat /proc/${process.pid}/environ`,
          memory: `head -c 1 /proc/${process.pid}/mem`,
          descriptors: `ls /proc/${process.pid}/fd/`,
          state: `ls ${options.stateDir}`,
          'other slots': `ls ${options.buildsDir}`,
          signal: `kill -0 ${process.pid}`,
          shadow: 'cat /etc/shadow',
        }),
        'echo "ids=$(id -u):$(id -g):$(id -G)"',
      ],
    })
    expect(await job.finished()).toMatchObject({ state: 'success' })
    const { 'own files': own, ...forbidden } = answers(job.log())
    expect(own).toBe('yes')
    expect(Object.keys(forbidden)).toHaveLength(10)
    expect(Object.values(forbidden)).toEqual(Object.keys(forbidden).map(() => 'no'))
    const [, uid = '', gid = '', groups = ''] = /^ids=(\d+):(\d+):(.*)$/m.exec(plain(job.log())) ?? []
    expect(Number(uid)).toBeGreaterThan(0)
    expect(groups).toBe(gid)
  })

  it('has an account of its own, so that concurrent jobs cannot read one another', async () => {
    const { server, options } = await startWorld({ concurrency: 2 })
    const victim = server.job({
      script: ['echo private > file; echo "shell=$$"; echo "uid=$(id -u)"; pwd; echo here; sleep 600'],
      variables: [
        { key: 'GIT_STRATEGY', value: 'none' },
        { key: 'PASSWORD', value: 'of-the-other-job', masked: true },
      ],
    })
    await victim.logged('\nhere\n')
    const [shell = 0, uid = 0] = pidsIn(plain(victim.log()), 'shell', 'uid')
    const directory = /^(\/.*)\nhere$/m.exec(plain(victim.log()))?.[1] ?? ''
    const thief = server.job({
      script: [
        ...attempts({
          environment: `cat /proc/${shell}/environ`,
          files: `cat ${directory}/file`,
          signal: `kill -0 ${shell}`,
        }),
        'echo "uid=$(id -u)"',
      ],
    })
    expect(await thief.finished()).toMatchObject({ state: 'success' })
    expect(answers(thief.log())).toEqual({ environment: 'no', files: 'no', signal: 'no' })
    expect(pidsIn(plain(thief.log()), 'uid')).not.toEqual([uid])
    expect((await stat(join(options.buildsDir, '0'))).mode & 0o777).toBe(0o700)
    victim.status = 'canceled'
  })

  it('cannot have files of the server uploaded by way of links', async () => {
    const { server, dir } = await startWorld()
    await writeFile(join(dir, 'secret'), 'the data of the server', { mode: 0o600 })
    const job = server.job({
      script: [`ln -s ${dir}/secret link; ln -s ${dir} linked; mkdir real; echo x > real/x`],
      artifacts: [
        { paths: ['link', 'linked/secret', 'linked/', 'real'] },
        { paths: ['link'], artifact_format: 'raw', artifact_type: 'sast' },
        { paths: ['linked/secret'], artifact_format: 'gzip', artifact_type: 'junit' },
      ],
    })
    await job.finished()
    expect(job.uploads.length).toBeGreaterThan(0)
    for (const { bytes } of job.uploads) expect(bytes.includes('the data of the server')).toBe(false)
  })

  it('is over with all its processes, even those that hide from the marker', async () => {
    const { server } = await startWorld()
    const job = server.job({
      script: [
        `env -i setsid /bin/sh -c 'echo "hidden=$$"; touch ready; exec /bin/sleep 600' &`,
        'until [ -e ready ]; do sleep 0.01; done',
      ],
    })
    expect(await job.finished()).toMatchObject({ state: 'success' })
    await allDead(pidsIn(plain(job.log()), 'hidden'))
  })

  it('leaves no files for the next job under its account', async () => {
    const { server } = await startWorld({ concurrency: 1 })
    const job = server.job({
      script: ['mktemp -p /tmp; mkdir -p /tmp/left-$CI_JOB_ID/x'],
      variables: [
        { key: 'GIT_STRATEGY', value: 'none' },
        { key: 'CI_JOB_ID', value: String(process.pid) },
      ],
    })
    await job.finished()
    expect(plain(job.log())).toContain('/tmp/tmp.')
    const next = server.job({ script: ['echo "found: $(find /tmp -maxdepth 1 -user $(id -u) | wc -l)"'] })
    await next.finished()
    expect(plain(next.log())).toContain('found: 0')
  })

  it('is refused at start when its account cannot reach the builds directory', async () => {
    const dir = await scratchDir()
    await chmod(dir, 0o700)
    await expect(prepareBuildsDir(join(dir, 'builds'), defaultJobAccount())).rejects.toThrow(
      'cannot reach the builds directory',
    )
  })

  it('may run under one given account', async () => {
    const { server } = await startWorld({ jobAccount: { uid: 61_001, gid: 61_002 } })
    const job = server.job({ script: ['echo "ids=$(id -u):$(id -g)"'] })
    await job.finished()
    expect(plain(job.log())).toContain('ids=61001:61002')
  })
})

describe('the job account', () => {
  it('is a range of its own for root and none for others', () => {
    expect(defaultJobAccount(0)).toEqual({ uid: 60_800, gid: 60_800, range: 200 })
    expect(defaultJobAccount(1000)).toBeNull()
  })

  it('is explained in one sentence', () => {
    expect(accountNotice(null)).toContain('a runner on another machine is the safe choice')
    expect(accountNotice({ uid: 5, gid: 6 })).toContain('account 5:6')
    expect(accountNotice(defaultJobAccount(0))).toContain('60800 to 60999')
  })

  it('decides where working directories go', () => {
    expect(defaultBuildsDir('/srv/state', null)).toBe('/srv/state/builds')
    expect(defaultBuildsDir('/srv/state', defaultJobAccount(0))).toMatch(
      /^\/var\/lib\/countersign\/builds-[0-9a-f]{12}$/,
    )
  })

  it.runIf(process.platform === 'linux')('is never leased twice on one machine', async () => {
    const range = { uid: 64_000, gid: 64_000, range: 2 }
    const first = await leaseAccount(range)
    const program = `import { leaseAccount } from ${JSON.stringify(join(import.meta.dirname, '../../src/runner/account.ts'))}
console.log((await leaseAccount(${JSON.stringify(range)})).uid)`
    const other = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
    expect([first.uid, Number(other)]).toEqual([64_000, 64_001])
    const second = await leaseAccount(range)
    await expect(leaseAccount(range)).rejects.toThrow('All 2 job accounts from 64000 on are in use')
    first.release()
    second.release()
  })
})
