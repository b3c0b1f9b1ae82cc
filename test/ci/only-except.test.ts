import { describe, expect, test } from 'vitest'
import type { PipelineContext } from '../../src/ci/types.ts'
import { compile, reader, variable } from './helpers/compile.ts'

const main: Partial<PipelineContext> = {}
const tag: Partial<PipelineContext> = { ref: 'v1.2', refType: 'tag', source: 'push' }
const mergeRequest: Partial<PipelineContext> = { ref: 'feature', source: 'merge_request_event' }
const from = (source: PipelineContext['source']): Partial<PipelineContext> => ({ source })

async function included(fragment: string, over: Partial<PipelineContext>, paths: readonly string[] | null = null) {
  const text = `j: {script: a, ${fragment}}`
  const result = await compile(text, over, reader({ changedPaths: () => Promise.resolve(paths) }))
  if (result.kind === 'errors') throw new Error(result.errors[0]?.message)
  return result.kind === 'plan'
}

describe('only and except (reference A9)', () => {
  test.each<[fragment: string, context: Partial<PipelineContext>, result: boolean]>([
    ['stage: test', main, true],
    ['stage: test', tag, true],
    ['stage: test', mergeRequest, false],
    ['only: [main]', main, true],
    ['only: [other]', main, false],
    ['only: [branches]', main, true],
    ['only: [branches]', tag, false],
    ['only: [tags]', tag, true],
    ['only: [tags]', main, false],
    ['only: [branches]', mergeRequest, false],
    ['only: [merge_requests]', mergeRequest, true],
    ['only: [merge_requests]', main, false],
    ['only: [/^ma/]', main, true],
    ['only: [/^MA/]', main, false],
    ['only: [/^MA/i]', main, true],
    ['only: ["/^v\\\\d/"]', tag, true],
    ['only: [/^v/]', mergeRequest, false],
    ['only: [ma]', main, false],
    ['only: [pushes]', main, true],
    ['only: [web]', from('web'), true],
    ['only: [schedules]', from('schedule'), true],
    ['only: [schedules]', main, false],
    ['only: [triggers]', from('trigger'), true],
    ['only: [api]', from('api'), true],
    ['only: [pipelines]', from('pipeline'), true],
    ['only: [parent_pipelines]', from('parent_pipeline'), true],
    ['only: [chat]', from('chat'), true],
    ['only: [external]', from('external'), true],
    ['only: ["main@group/project"]', main, true],
    ['only: ["main@group/other"]', main, false],
    ['only: ["branches@group/project"]', main, true],
    ['only: []', main, false],
    ['only: {refs: [main]}', main, true],
    ['only: {variables: ["$A == \\"1\\""]}', main, true],
    ['only: {variables: ["$A == \\"2\\"", $A]}', main, true],
    ['only: {variables: ["$A == \\"2\\""]}', main, false],
    ['only: {refs: [main], variables: ["$A == \\"2\\""]}', main, false],
    ['only: {variables: [$A]}', mergeRequest, false],
    ['only: {kubernetes: active}', main, false],
    ['except: [main]', main, false],
    ['except: [tags]', main, true],
    ['except: [tags]', tag, false],
    ['except: {variables: [$A]}', main, false],
    ['except: {refs: [other], variables: [$A]}', main, false],
    ['except: {refs: [other], variables: [$B]}', main, true],
    ['only: [branches], except: [main]', main, false],
    ['only: [branches], except: [other]', main, true],
  ])('%s', async (fragment, context, result) => {
    expect(await included(fragment, { ...context, pipelineVariables: [variable('A', '1')] })).toBe(result)
  })

  test.each<[fragment: string, paths: readonly string[] | null, result: boolean]>([
    ['only: {changes: [src/*]}', ['src/a'], true],
    ['only: {changes: [src/*]}', ['lib/a'], false],
    ['only: {changes: [src/*]}', null, true],
    ['except: {changes: [src/*]}', ['src/a'], false],
    ['except: {changes: [src/*]}', ['lib/a'], true],
    ['only: {refs: [other], changes: [src/*]}', ['src/a'], false],
  ])('%s with %j', async (fragment, paths, result) => {
    expect(await included(fragment, main, paths)).toBe(result)
  })

  test('an active cluster is told by its variable', async () => {
    expect(
      await included('only: {kubernetes: active}', { predefined: [variable('CI_KUBERNETES_ACTIVE', 'true')] }),
    ).toBe(true)
  })

  test('with workflow rules, a job without conditions runs in every pipeline', async () => {
    const text = 'workflow: {rules: [{when: always}]}\nj: {script: a}'
    expect((await compile(text, mergeRequest)).kind).toBe('plan')
  })
})
