import { readdir, writeFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { formatChecksum } from '../../src/contract/runner-protocol.ts'
import { plain, startWorld } from './helpers/test-runner.ts'

describe('a server that fails', () => {
  it('and comes back in the middle of a job loses nothing', async () => {
    const { server } = await startWorld()
    const job = server.job({ script: ['for i in $(seq 1 60); do echo "line $i"; sleep 0.02; done'] })
    await job.logged('line 3\n')
    await server.shut()
    await server.open()
    await job.logged('line 20\n')
    await server.shut()
    await server.open()
    expect(await job.finished()).toMatchObject({
      state: 'success',
      output: { checksum: formatChecksum(crc32(job.trace)) },
    })
    const lines = [...plain(job.log()).matchAll(/^line (\d+)$/gm)].map(([, number]) => Number(number))
    expect(lines).toEqual(Array.from({ length: 60 }, (_, index) => index + 1))
  })

  it('at the end of a job gets the result when it is back', async () => {
    const { server, dir } = await startWorld()
    const job = server.job({ script: ['echo begun', `until [ -e ${dir}/go ]; do sleep 0.01; done`, 'exit 7'] })
    await job.logged('begun\n')
    await server.shut()
    await writeFile(`${dir}/go`, '')
    await server.open()
    expect(await job.finished()).toMatchObject({ state: 'failed', exit_code: 7 })
  })

  it('after it has taken a piece of log does not get it twice', async () => {
    const { server } = await startWorld()
    const job = server.job({ script: ['echo first', 'sleep 0.2', 'echo second'] })
    let dropped = 0
    server.intercept = (request, response) => {
      // The piece arrives, its answer does not.
      if (request.method === 'PATCH' && dropped < 2) {
        dropped += 1
        response.end = () => response.destroy()
      }
      return false
    }
    expect(await job.finished()).toMatchObject({ state: 'success' })
    expect(dropped).toBe(2)
    expect(plain(job.log()).match(/^first$/gm)).toHaveLength(1)
    expect(plain(job.log()).match(/^second$/gm)).toHaveLength(1)
  })

  it('with errors is asked again', async () => {
    const { server, complaints } = await startWorld()
    let failures = 0
    server.intercept = (request, response) => {
      if (failures >= 6 || request.url?.includes('/jobs/') !== true) return false
      failures += 1
      response.writeHead(failures % 2 === 0 ? 500 : 503).end('{"message": "no"}')
      return true
    }
    const job = server.job({})
    expect(await job.finished()).toMatchObject({ state: 'success' })
    expect(failures).toBe(6)
    expect(complaints.join()).toContain('503')
  })

  it('that has lost the log gets it again from the beginning', async () => {
    const { server } = await startWorld()
    const job = server.job({ script: ['echo hello', 'sleep 0.2'] })
    await job.logged('hello\n')
    const bytes = job.trace
    job.trace = Buffer.from(bytes.map((byte) => (byte === 0x68 ? 0x48 : byte)))
    expect(await job.finished()).toMatchObject({
      state: 'success',
      output: { checksum: formatChecksum(crc32(job.trace)) },
    })
    expect(plain(job.log())).toContain('\nhello\n')
  })

  it('that is still busy with the log (202) is asked again until it is done', async () => {
    const { server } = await startWorld()
    const job = server.job({})
    let repeats = 0
    server.intercept = (request, response) => {
      if (request.method !== 'PUT' || job.pieces === 0 || repeats >= 3) return false
      repeats += 1
      response.writeHead(202).end()
      return true
    }
    await job.finished()
    expect(repeats).toBe(3)
  })

  it('that does not know the runner is asked more and more slowly', async () => {
    const { server, complaints } = await startWorld({ token: 'glrt-unknown' })
    await expect.poll(() => complaints.join()).toContain('check its token')
    expect(server.systemIds.size).toBe(0)
  })

  it('that cannot be reached for the acknowledgement leaves the job unstarted', async () => {
    const { server, dir, runner } = await startWorld()
    const job = server.job({ script: [`touch ${dir}/ran`] })
    let refused = 0
    server.intercept = (request) => {
      if (request.method !== 'PUT') return false
      refused += 1
      request.destroy()
      return true
    }
    await expect.poll(() => refused).toBeGreaterThan(1)
    await runner.stop(false)
    expect(job.status).toBe('assigned')
    expect(await readdir(dir)).not.toContain('ran')
  })

  it('may set the pace of the log', async () => {
    const { server, dir } = await startWorld({ timing: { keepAlive: 20 } })
    const job = server.job({ script: [`until [ -e ${dir}/go ]; do echo noise; sleep 0.01; done`] })
    server.intercept = (request, response) => {
      if (request.method === 'PATCH') response.setHeader('X-GitLab-Trace-Update-Interval', '600')
      return false
    }
    await job.logged('Running with')
    const before = job.updates.length
    await expect.poll(() => job.updates.length, { timeout: 20_000 }).toBeGreaterThan(before + 5)
    expect(job.pieces).toBe(1)
    await writeFile(`${dir}/go`, '')
    await job.finished()
    expect(job.pieces).toBe(2)
    expect(job.log()).toContain('noise')
  })
})
