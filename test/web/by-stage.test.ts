import { expect, test } from 'vitest'
import { byStage } from '../../src/web/pages/pipelines/by-stage.ts'

const job = (id: number, stage: string, name: string, retried = false) => ({ id, stage, name, retried })

test('stages in the order of their oldest jobs, jobs by name, replaced attempts left out', () => {
  const jobs = [
    job(9, 'build', 'b10'),
    job(4, 'deploy', 'ship', true),
    job(11, 'deploy', 'ship'),
    job(1, 'build', 'b10', true),
    job(2, 'build', 'b9'),
  ]
  expect(byStage(jobs).map(({ name, jobs: those }) => [name, those.map(({ id }) => id)])).toEqual([
    ['build', [2, 9]],
    ['deploy', [11]],
  ])
})
