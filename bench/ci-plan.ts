/** The time from the text of a `.gitlab-ci.yml` to a pipeline's plan, alone and beside gitlab-ci-local on the same file. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { compilePipeline } from '../src/ci/compile.ts'
import { configuration, context, reader } from './lib/ci-configuration.ts'
import { installGitlabCiLocal, type Scratch } from './lib/gitlab-ci-local.ts'
import { median, table } from './lib/numbers.ts'

const sizes = [10, 100, 1_000, 5_000]
const rounds = 15
/** For 1,000 jobs: nobody who pushes waits for the plan. */
const limitMs = 100

export async function run(): Promise<void> {
  const rows = []
  for (const jobs of sizes) {
    const text = configuration(jobs)
    const took = await inProcess(text, jobs)
    const [ms, cpu] = [median(took.map((one) => one.ms)), median(took.map((one) => one.cpuMs))]
    rows.push({ jobs, 'kB of YAML': text.length / 1000, ms, 'CPU ms': cpu, 'CPU µs per job': (cpu * 1000) / jobs })
    if (jobs === 1_000 && cpu > limitMs) process.exitCode = 1
  }
  table(`From text to plan, medians of ${rounds}; 1,000 jobs must take less than ${limitMs} CPU ms`, rows)
  const scratch = installGitlabCiLocal()
  if (scratch === null) return
  try {
    compare(scratch)
  } finally {
    scratch.remove()
  }
}

/** CPU time beside the clock: it says the same on a machine that has other things to do. */
async function inProcess(text: string, jobs: number): Promise<{ ms: number; cpuMs: number }[]> {
  const times: { ms: number; cpuMs: number }[] = []
  for (let round = 0; round < rounds + 3; round += 1) {
    const [start, cpu] = [performance.now(), process.cpuUsage()]
    const result = await compilePipeline(text, context, reader)
    if (result.kind !== 'plan' || result.plan.jobs.length !== jobs) throw new Error(`${jobs} jobs: ${result.kind}`)
    const { user, system } = process.cpuUsage(cpu)
    if (round >= 3) times.push({ ms: performance.now() - start, cpuMs: (user + system) / 1000 })
  }
  return times
}

/** Both as programs that begin, read one file, list its jobs and end. A file with one job shows what beginning costs. */
function compare({ repository, program }: Scratch): void {
  const file = join(repository, '.gitlab-ci.yml')
  const once = join(import.meta.dirname, 'lib', 'compile-once.ts')
  const rows = []
  for (const jobs of [1, 10, 100, 1_000]) {
    writeFileSync(file, configuration(jobs))
    const ours = median(timesOf([once, file], repository, jobs))
    const theirs = median(timesOf([program, '--list'], repository, jobs))
    rows.push({ jobs, 'countersign ms': ours, 'gitlab-ci-local --list ms': theirs, ratio: theirs / ours })
  }
  table('The same file listed by a program of its own, medians of 5', rows)
}

function timesOf(args: readonly string[], cwd: string, jobs: number): number[] {
  return Array.from({ length: 5 }, () => {
    const start = performance.now()
    const printed = execFileSync(process.execPath, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    const took = performance.now() - start
    const listed = printed.match(/^job-\d+ /gm)?.length
    if (listed !== jobs) throw new Error(`${args[0]} lists ${listed ?? 0} of ${jobs} jobs`)
    return took
  })
}
