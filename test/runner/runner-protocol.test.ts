import { describe, expect, it } from 'vitest'
import {
  formatChecksum,
  formatContentRange,
  formatTraceRange,
  jobPayloadSchema,
  jobStatusSignal,
  parseChecksum,
  parseContentRange,
  parseTraceRange,
  parseUpdateInterval,
  RUNNER_FEATURES,
  reasonForServer,
  reasonFromRunner,
  registerRunnerSchema,
  requestJobSchema,
  updateJobSchema,
  uploadArtifactsQuerySchema,
} from '../../src/contract/runner-protocol.ts'

describe('trace headers', () => {
  it.each([
    ['0-0', { start: 0, end: 0 }],
    ['10-19', { start: 10, end: 19 }],
    [' 3-4 ', { start: 3, end: 4 }],
    ['4-3', null],
    ['bytes 0-1/2', null],
    ['-5', null],
    ['a-b', null],
    ['', null],
    [undefined, null],
    [null, null],
  ])('reads the content range %s as %o', (header, range) => {
    expect(parseContentRange(header)).toEqual(range)
  })

  it('writes what it reads', () => {
    expect(parseContentRange(formatContentRange(7, 5))).toEqual({ start: 7, end: 11 })
    expect(parseTraceRange(formatTraceRange(12))).toBe(12)
    expect(parseChecksum(formatChecksum(0x0a))).toBe(0x0a)
    expect(formatChecksum(0x0a)).toBe('crc32:0000000a')
  })

  it.each([
    ['0-5', 5],
    ['5-9', null],
    ['', null],
    [null, null],
  ])('reads the range %s as the size %s', (header, size) => {
    expect(parseTraceRange(header)).toBe(size)
  })

  it.each([
    ['3', 3],
    ['100000', 900],
    ['0', null],
    ['-1', null],
    ['soon', null],
    [null, null],
  ])('reads the update interval %s as %s', (header, seconds) => {
    expect(parseUpdateInterval(header)).toBe(seconds)
  })

  it.each([
    ['canceling', 'cancel_gracefully'],
    ['canceled', 'abort'],
    ['failed', 'abort'],
    ['running', 'continue'],
    ['', 'continue'],
    [null, 'continue'],
  ])('takes the job status %s for %s', (header, signal) => {
    expect(jobStatusSignal(header)).toBe(signal)
  })
})

describe('failure reasons', () => {
  it.each([
    ['script_failure', [], 'script_failure'],
    ['job_canceled', ['job_canceled'], 'job_canceled'],
    ['job_canceled', [], 'unknown_failure'],
    ['runner_configuration_error', [], 'script_failure'],
    ['runner_interrupted', [], 'unknown_failure'],
  ] as const)('sends %s to a server that lists %j as %s', (reason, listed, sent) => {
    expect(reasonForServer(reason, listed)).toBe(sent)
  })

  it.each([
    [undefined, 'script_failure'],
    ['', 'script_failure'],
    ['runner_system_failure', 'runner_system_failure'],
    ['invented', 'unknown_failure'],
  ])('stores %s as %s', (sent, stored) => {
    expect(reasonFromRunner(sent)).toBe(stored)
  })
})

describe('requests', () => {
  it('need no information about the runner', () => {
    const { info, token } = requestJobSchema.parse({ token: 't', unknown: 1 })
    expect(token).toBe('t')
    expect(Object.keys(info.features)).toEqual([...RUNNER_FEATURES])
    expect(Object.values(info.features)).toEqual(RUNNER_FEATURES.map(() => false))
  })

  it('keep the features a runner names and drop those nobody knows', () => {
    const { info } = requestJobSchema.parse({
      info: { version: '19.4.0', features: { cancelable: true, teleport: true } },
    })
    expect(info.version).toBe('19.4.0')
    expect(info.features.cancelable).toBe(true)
    expect(info.features).not.toHaveProperty('teleport')
  })

  it('survive information of the wrong shape', () => {
    expect(requestJobSchema.parse({ info: 'text' }).info.version).toBe('')
  })

  it('read a registration from a form', () => {
    const form = {
      token: 'r',
      tag_list: 'a, b,,a',
      run_untagged: 'false',
      locked: '1',
      maximum_timeout: '600',
      access_level: '',
    }
    expect(registerRunnerSchema.parse(form)).toMatchObject({
      tag_list: ['a', 'b'],
      run_untagged: false,
      locked: true,
      maximum_timeout: 600,
      access_level: undefined,
    })
  })

  it('refuse a state that is none', () => {
    expect(updateJobSchema.safeParse({ state: 'done' }).success).toBe(false)
    expect(updateJobSchema.parse({ state: 'failed', exit_code: 3 }).exit_code).toBe(3)
  })

  it('default artifacts to an archive in a zip', () => {
    expect(uploadArtifactsQuerySchema.parse({})).toEqual({ artifact_type: 'archive', artifact_format: 'zip' })
    expect(uploadArtifactsQuerySchema.safeParse({ artifact_format: 'tarzstd' }).success).toBe(false)
  })
})

describe('a job', () => {
  it('reads nulls and absent fields as zero values', () => {
    const job = jobPayloadSchema.parse({
      id: 1,
      token: 't',
      job_info: {},
      git_info: {},
      steps: null,
      image: null,
      features: null,
    })
    expect(job).toMatchObject({ steps: [], image: null, variables: [], features: { trace_sections: false } })
  })

  it.each([{ token: 't' }, { id: 0, token: 't' }, { id: 1 }])(
    'without a usable id and token is refused: %j',
    (body) => {
      expect(jobPayloadSchema.safeParse({ job_info: {}, git_info: {}, ...body }).success).toBe(false)
    },
  )
})
