import { describe, expect, test } from 'vitest'
import { compile, messagesOf } from './helpers/compile.ts'

/** Reference A19: the largest that is taken, and what is said of one more. Those that are not here are beside their feature. */
const times = (count: number, item: (index: number) => string) =>
  Array.from({ length: count }, (_, at) => item(at)).join(', ')
const long = (length: number) => 'x'.repeat(length)
const deep = (levels: number, inner: string) => `${'['.repeat(levels)}${inner}${']'.repeat(levels)}`
const tooLong = 'is too long (maximum is 255 characters)'
const builders = (count: number) =>
  Array.from({ length: count }, (_, at) => `b${at}: {script: a, stage: build}`).join('\n')

describe('limits', () => {
  test.each<[name: string, most: number, make: (size: number) => string, message: string]>([
    [
      'levels of lists in script',
      10,
      (levels) => `j: {script: ${deep(levels, 'a')}}`,
      'jobs:j:script config should be a string or a nested array of strings up to 10 levels deep',
    ],
    [
      'levels of lists in stages',
      10,
      (levels) => `stages: ${deep(levels, 'test')}\nj: {script: a}`,
      'stages config should be an array of strings or a nested array of strings up to 10 levels deep',
    ],
    [
      'levels of lists in rules',
      10,
      (levels) => `j: {script: a, rules: ${deep(levels, '{when: always}')}}`,
      'jobs:j rules should be an array containing hashes and arrays of hashes',
    ],
    [
      'needs of a job',
      50,
      (count) => `${builders(count)}\nj: {script: a, needs: [${times(count, (at) => `b${at}`)}]}`,
      'j: one job can only need 50 others, but you have listed 51. See needs keyword documentation for more details',
    ],
    [
      'parallel',
      200,
      (count) => `j: {script: a, parallel: ${count}}`,
      'jobs:j:parallel config must be less than or equal to 200',
    ],
    [
      'jobs of a matrix',
      200,
      (count) => `j: {script: a, parallel: {matrix: [{A: [${times(count, String)}]}]}}`,
      'jobs:j:parallel:matrix config generates too many jobs (maximum is 200)',
    ],
    [
      'tags',
      49,
      (count) => `j: {script: a, tags: [${times(count, (at) => `t${at}`)}]}`,
      'jobs:j:tags config must be less than the limit of 50 tags',
    ],
    [
      'caches',
      4,
      (count) => `j: {script: a, cache: [${times(count, () => '{paths: [b]}')}]}`,
      'jobs:j:caches config no more than 4 caches can be created',
    ],
    [
      'fallback keys',
      5,
      (count) =>
        `j: {script: a, cache: {paths: [b], fallback_keys: [${times(count, String).replaceAll(/\d/g, 'k$&')}]}}`,
      'jobs:j:cache fallback keys has to many entries (maximum 5)',
    ],
    [
      'files of a cache key',
      2,
      (count) => `j: {script: a, cache: {paths: [b], key: {files: [${times(count, (at) => `f${at}`)}]}}}`,
      'jobs:j:cache:key:files config has too many items (maximum is 2)',
    ],
    ...['changes', 'exists'].map((clause): [string, number, (size: number) => string, string] => [
      `paths of rules:${clause}`,
      50,
      (count) => `j: {script: a, rules: [{${clause}: [${times(count, (at) => `f${at}`)}]}, {when: always}]}`,
      `jobs:j:rules:rule:${clause} config has too many entries (maximum 50)`,
    ]),
    ...['changes', 'exists'].map((clause): [string, number, (size: number) => string, string] => [
      `rules:${clause}:paths`,
      50,
      (count) => `j: {script: a, rules: [{${clause}: {paths: [${times(count, (at) => `f${at}`)}]}}, {when: always}]}`,
      `jobs:j:rules:rule:${clause} paths has too many entries (maximum 50)`,
    ]),
    [
      'inputs of a job',
      50,
      (count) => `j: {script: a, inputs: {${times(count, (at) => `i${at}: {default: a}`)}}}`,
      'jobs:j inputs has too many entries (maximum 50)',
    ],
    [
      'options of an input',
      50,
      (count) =>
        `spec: {inputs: {i: {default: o0, options: [${times(count, (at) => `o${at}`)}]}}}\n---\nj: {script: a}`,
      'header:spec:inputs:i config cannot define more than 50 options',
    ],
    ['retries', 2, (count) => `j: {script: a, retry: ${count}}`, 'retry config must be less than or equal to 2'],
    ['the name of a job', 255, (length) => `${long(length)}: {script: a}`, `jobs:${long(256)} name ${tooLong}`],
    [
      'the name of an environment',
      255,
      (length) => `j: {script: a, environment: ${long(length)}}`,
      `jobs:j:environment name ${tooLong}`,
    ],
    [
      'the URL of an environment',
      255,
      (length) => `j: {script: a, environment: {name: x, url: ${long(length)}}}`,
      `jobs:j:environment url ${tooLong}`,
    ],
    [
      'the name of a workflow',
      255,
      (length) => `workflow: {name: ${long(length)}}\nj: {script: a}`,
      `workflow name ${tooLong}`,
    ],
    [
      'artifacts:expose_as',
      100,
      (length) => `j: {script: a, artifacts: {paths: [b], expose_as: ${long(length)}}}`,
      'jobs:j:artifacts expose as is too long (maximum is 100 characters)',
    ],
    [
      'files of trigger:include',
      3,
      (count) => `j: {trigger: {include: [${times(count, (at) => `${at}.yml`)}]}}`,
      'jobs:j:trigger:include config is too long (maximum is 3)',
    ],
    [
      'days of start_in',
      7,
      (days) => `j: {script: a, when: delayed, start_in: ${days} days}`,
      'jobs:j start in should not exceed the limit',
    ],
    [
      'days of start_in in a rule',
      7,
      (days) => `j: {script: a, rules: [{when: delayed, start_in: ${days} days}]}`,
      'jobs:j:rules:rule start in should not exceed the limit',
    ],
    [
      'days of timeout',
      30,
      (days) => `j: {script: a, timeout: ${days} days}`,
      'jobs:j:timeout config should not exceed the limit',
    ],
    [
      'documents',
      2,
      (count) => `${'--- {spec: {}}\n'.repeat(count - 1)}---\nj: {script: a}\n`,
      'Only two YAML documents are allowed: a header and the content',
    ],
  ])('%s: %i', async (_, most, make, message) => {
    expect(await compile(make(most))).toMatchObject({ kind: 'plan' })
    expect(await messagesOf(make(most + 1))).toEqual([message])
  })

  test('inputs of a pipeline: 20', async () => {
    const inputs = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`i${at}`, 'x']))
    const text = `spec: {inputs: {${times(21, (at) => `i${at}: {default: a}`)}}}\n---\nj: {script: a}`
    expect(await compile(text, { inputs: inputs(20) })).toMatchObject({ kind: 'plan' })
    expect(await messagesOf(text, { inputs: inputs(21) })).toEqual(['There cannot be more than 20 inputs'])
  })
})
