import { describe, expect, test } from 'vitest'
import { groupName } from '../../src/ci/expand-jobs.ts'
import { messagesOf, planOf } from './helpers/compile.ts'

describe('parallel', () => {
  test('a number makes copies with an index', async () => {
    const plan = await planOf('j: {script: a, parallel: 3}')
    expect(plan.jobs.map(({ name, groupName, node }) => ({ name, groupName, node }))).toEqual([
      { name: 'j 1/3', groupName: 'j', node: { index: 1, total: 3 } },
      { name: 'j 2/3', groupName: 'j', node: { index: 2, total: 3 } },
      { name: 'j 3/3', groupName: 'j', node: { index: 3, total: 3 } },
    ])
  })

  test('parallel: 1 is one copy', async () => {
    expect((await planOf('j: {script: a, parallel: 1}')).jobs.map((job) => job.name)).toEqual(['j 1/1'])
  })

  test('a matrix makes every combination of each row, in the order of the keys', async () => {
    const plan = await planOf(`
j:
  script: a
  variables: {A: job, Z: job}
  parallel:
    matrix:
      - A: [1, 2]
        B: [x, "y z"]
      - C: only
`)
    expect(plan.jobs.map((job) => job.name)).toEqual([
      'j: [1, x]',
      'j: [1, y z]',
      'j: [2, x]',
      'j: [2, y z]',
      'j: [only]',
    ])
    expect(plan.jobs.map((job) => job.variables.map(({ key, value }) => `${key}=${value}`))).toEqual([
      ['A=1', 'Z=job', 'B=x'],
      ['A=1', 'Z=job', 'B=y z'],
      ['A=2', 'Z=job', 'B=x'],
      ['A=2', 'Z=job', 'B=y z'],
      ['A=job', 'Z=job', 'C=only'],
    ])
    expect(plan.jobs[1]).toMatchObject({ groupName: 'j', node: { index: 2, total: 5 } })
  })

  test('combinations with the same name are one job, the last', async () => {
    const plan = await planOf('j: {script: a, parallel: {matrix: [{A: x}, {B: x}]}}')
    expect(plan.jobs.map((job) => [job.name, job.variables[0]?.key])).toEqual([['j: [x]', 'B']])
  })

  test('all pipelines together have a limit of jobs', async () => {
    const text = Array.from({ length: 101 }, (_, index) => `j${index}: {script: a, parallel: 200}`).join('\n')
    expect(await messagesOf(text)).toEqual(['The pipeline has too many jobs (maximum is 20000)'])
  })
})

describe('needs of parallel jobs', () => {
  const matrix = 'm: {script: a, stage: build, parallel: {matrix: [{A: [1, 2], B: [x, y]}]}}\n'
  const needs = async (text: string, name = 'j') =>
    (await planOf(text)).jobs.find((job) => job.name === name)?.needs?.map((need) => need.job)

  test('the name means all of them', async () => {
    expect(await needs('p: {script: a, stage: build, parallel: 2}\nj: {script: a, needs: [p]}')).toEqual([
      'p 1/2',
      'p 2/2',
    ])
    expect(await needs(`${matrix}j: {script: a, needs: [{job: m, optional: true}]}`)).toHaveLength(4)
  })

  test('one of them by its name', async () => {
    expect(await needs(`${matrix}j: {script: a, needs: ["m: [1, y]"]}`)).toEqual(['m: [1, y]'])
  })

  test('parallel:matrix picks', async () => {
    expect(await needs(`${matrix}j: {script: a, needs: [{job: m, parallel: {matrix: [{A: 1, B: [x, y]}]}}]}`)).toEqual([
      'm: [1, x]',
      'm: [1, y]',
    ])
    expect(await messagesOf(`${matrix}j: {script: a, needs: [{job: m, parallel: {matrix: [{A: 3, B: x}]}}]}`)).toEqual([
      'j job: undefined need: m: [3, x]',
    ])
  })

  test('a matrix job needs its own counterpart', async () => {
    const text = `${matrix}j: {script: a, needs: [{job: m, parallel: {matrix: [{A: "$[[ matrix.A ]]", B: "$[[ matrix.B ]]"}]}}], parallel: {matrix: [{A: [1, 2], B: [x, y]}]}}`
    expect(await needs(text, 'j: [2, x]')).toEqual(['m: [2, x]'])
    expect(await needs(text, 'j: [1, y]')).toEqual(['m: [1, y]'])
  })

  test('dependencies mean all of them too', async () => {
    const plan = await planOf('p: {script: a, stage: build, parallel: 2}\nj: {script: a, dependencies: [p]}')
    expect(plan.jobs.at(-1)?.dependencies).toEqual(['p 1/2', 'p 2/2'])
  })
})

describe('the name of a group', () => {
  test.each([
    ['j', 'j'],
    ['j 1/3', 'j'],
    ['j: [a, b]', 'j'],
    ['j:1/2', 'j'],
    ['j 1 2', 'j'],
    ['j 1/2 3/4', 'j'],
    ['j: [a] 1/2', 'j'],
    ['rspec 12', 'rspec 12'],
    ['j1/2', 'j1/2'],
    ['j[a]', 'j[a]'],
    ['a b: [c: [d]]', 'a b'],
    [`j${' '.repeat(20_000)}1/2`, 'j'],
  ])('%j is of %j', (name, group) => {
    expect(groupName(name)).toBe(group)
  })
})
