import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { RunnerLogger } from './options.ts'
import { endTree, processStart } from './process-tree.ts'

/** What is needed to recognise a job's processes in a later life of the runner. */
const recordSchema = z.object({
  job: z.int(),
  marker: z.string().regex(/^[0-9a-f]{32}$/),
  group: z.object({ pid: z.int().positive(), start: z.string() }).nullable(),
})

export type JobRecord = z.output<typeof recordSchema>

function recordsDir(stateDir: string): string {
  return join(stateDir, 'running')
}

/** Written before a process is started; synchronous, because what is not on disk cannot be found again after a crash. */
export function writeRecord(stateDir: string, record: JobRecord): void {
  const file = join(recordsDir(stateDir), `${record.marker}.json`)
  writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

export function removeRecord(stateDir: string, marker: string): void {
  rmSync(join(recordsDir(stateDir), `${marker}.json`), { force: true })
}

/**
 * Ends what jobs of a previous life left running. Nothing is ended on the strength of a process id alone: on Linux the random
 * marker decides, and a group only counts while its leader is the process that was recorded (same id, same start time).
 */
export async function endLeftovers(stateDir: string, logger: RunnerLogger): Promise<void> {
  const dir = recordsDir(stateDir)
  await mkdir(dir, { recursive: true, mode: 0o700 })
  for (const name of await readdir(dir)) {
    const file = join(dir, name)
    const record = await readRecord(file)
    if (record !== null) {
      const sameGroup = record.group !== null && (await processStart(record.group.pid)) === record.group.start
      const groups = sameGroup && record.group !== null ? [record.group.pid] : []
      const ended = await endTree({ marker: record.marker, groups, uid: null, since: 0 }, 0)
      if (ended) logger.info({ job: record.job }, 'cleaned up after a job of a previous run')
      else logger.error({ job: record.job }, 'processes of a job of a previous run could not be ended')
    }
    await rm(file, { force: true })
  }
}

async function readRecord(file: string): Promise<JobRecord | null> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return null
  }
}
