/**
 * Listing blocked deployments of a project with 1,000 and with 1,000,000 deployments, and the inbox of an instance with 100 and
 * with 10,000 projects: the same page must cost the same.
 */
import { anInstance, fill, type Instance } from './lib/instance.ts'
import { median, table } from './lib/numbers.ts'

const rounds = 60

/** Two instances, asked in turns: what else the machine does meanwhile slows both. */
export async function run(): Promise<void> {
  const instances = await Promise.all([anInstance(), anInstance()])
  const [few, many] = instances
  try {
    await fill(few, 1_000, 100)
    await fill(many, 1_000_000, 10_000)
    const measured = []
    for (const [page, path] of pages) {
      const [a, b] = await inTurns(
        () => timed(few, path(few)),
        () => timed(many, path(many)),
      )
      measured.push({ page, 'ms few': a, 'ms many': b, ratio: b / a })
    }
    table(`One page with few and with many rows in the database, medians of ${rounds}`, measured)
  } finally {
    for (const { bench } of instances) await bench.stop()
  }
}

const pages: readonly [string, (instance: Instance) => string][] = [
  [
    'blocked deployments, 1,000 → 1,000,000 deployments',
    ({ projectId }) => `/projects/${projectId}/deployments?status=blocked`,
  ],
  [
    'newest deployments, 1,000 → 1,000,000 deployments',
    ({ projectId }) => `/projects/${projectId}/deployments?order_by=id&sort=desc`,
  ],
  ['inbox, 100 → 10,000 projects', () => '/deployments/inbox'],
]

/** Milliseconds of one request. */
async function timed({ bench, token }: Instance, path: string): Promise<number> {
  const start = performance.now()
  const response = await fetch(`${bench.url}/api/v4${path}`, { headers: { 'private-token': token } })
  const body = await response.text()
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${body}`)
  return performance.now() - start
}

/** Medians of two measurements, one of each in turn; the first rounds only warm up. */
async function inTurns(first: () => Promise<number>, second: () => Promise<number>): Promise<[number, number]> {
  const times: [number[], number[]] = [[], []]
  for (let round = 0; round < rounds + 10; round += 1) {
    const [a, b] = [await first(), await second()]
    if (round < 10) continue
    times[0].push(a)
    times[1].push(b)
  }
  return [median(times[0]), median(times[1])]
}
