/** Job inputs in the built-in runner: written into the job before anything else reads it (GitLab docs, "Job inputs"). */
import { describe, expect, it } from 'vitest'
import { type JobPayloadInput, jobPayloadSchema } from '../../src/contract/job-payload.ts'
import { fillInputs } from '../../src/runner/job-inputs.ts'
import { plain, startWorld } from './helpers/test-runner.ts'

const input = (key: string, type: string, content: unknown) => ({ key, value: { type, content, sensitive: false } })
const inputs = [
  input('who', 'string', 'you and $HOME'),
  input('count', 'number', 2),
  input('dry', 'boolean', false),
  input('list', 'array', ['a', 1]),
]

function aJob(more: Partial<JobPayloadInput>) {
  return jobPayloadSchema.parse({ id: 1, token: 't', job_info: {}, git_info: {}, inputs, ...more })
}
function filled(script: string) {
  const result = fillInputs(aJob({ steps: [{ name: 'script', script: [script] }] }))
  return 'job' in result ? (result.job.steps[0]?.script[0] ?? '') : result.problem
}

describe('a script', () => {
  it.each([
    ['echo ${{ job.inputs.who }}', 'echo you and $HOME'],
    ['${{job.inputs.count}}${{ job.inputs.dry }}', '2false'],
    ["for x in '${{ job.inputs.list }}'", `for x in '["a",1]'`],
    ['$[[ inputs.who ]] ${who} $who', '$[[ inputs.who ]] ${who} $who'],
    ['echo ${{ job.inputs.nobody }}', 'job inputs: there is no input nobody'],
    ['echo ${{ job.inputs.count + 1 }}', 'job inputs: cannot evaluate ${{ job.inputs.count + 1 }}'],
    ['echo ${{ env.HOME }}', 'job inputs: cannot evaluate ${{ env.HOME }}'],
  ])('%s', (script, expected) => expect(filled(script)).toBe(expected))

  it('of a job without inputs is left as it is', () => {
    const job = aJob({ inputs: [], steps: [{ name: 'script', script: ['echo ${{ matrix.os }}'] }] })
    expect(fillInputs(job)).toEqual({ job })
  })
})

it('fills names, paths and keys of artifacts and caches', () => {
  const who = '${{ job.inputs.count }}'
  const result = fillInputs(
    aJob({
      artifacts: [{ name: who, paths: [who], exclude: [who] }],
      cache: [{ key: who, policy: who, paths: [who], fallback_keys: [who] }],
    }),
  )
  expect('job' in result && [result.job.artifacts[0], result.job.cache[0]]).toMatchObject([
    { name: '2', paths: ['2'], exclude: ['2'] },
    { key: '2', policy: '2', paths: ['2'], fallback_keys: ['2'] },
  ])
})

it('runs a job with its inputs, and none whose inputs cannot be filled in', async () => {
  const { server } = await startWorld()
  const job = server.job({ inputs, script: ['echo "count is ${{ job.inputs.count }}"'] })
  expect(await job.finished()).toMatchObject({ state: 'success' })
  expect(plain(job.log())).toContain('count is 2\n')
  const broken = server.job({ inputs, script: ['echo begun', 'echo ${{ job.inputs.nobody }}'] })
  expect(await broken.finished()).toMatchObject({ state: 'failed' })
  expect(plain(broken.log())).toContain('there is no input nobody')
  expect(plain(broken.log())).not.toContain('begun')
})
