import { describe, expect, test } from 'vitest'
import { byNeeds } from '../../src/web/pages/pipelines/by-needs.ts'

const job = (id: number, name: string) => ({ id, name })
const [build, docs, unit, ship] = [job(1, 'build'), job(2, 'docs'), job(3, 'unit'), job(4, 'ship')]
const stages = [
  { name: 'build', jobs: [build, docs] },
  { name: 'test', jobs: [unit] },
  { name: 'deploy', jobs: [ship] },
]
const names = (needs: [number, string[] | null][]) =>
  byNeeds(stages, new Map(needs)).map((column) => column.jobs.map((each) => each.name))

describe('byNeeds', () => {
  test.each<[string, [number, string[] | null][], string[][]]>([
    ['without needs, as stages', [], [['build', 'docs'], ['unit'], ['ship']]],
    ['a job that needs nothing comes first', [[4, []]], [['build', 'docs', 'ship'], ['unit']]],
    ['behind the last of several', [[4, ['unit', 'docs']]], [['build', 'docs'], ['unit'], ['ship']]],
    [
      'across stages',
      [
        [3, []],
        [4, ['unit']],
      ],
      [['build', 'docs', 'unit'], ['ship']],
    ],
    ['needs that are not there', [[3, ['gone']]], [['build', 'docs', 'unit'], ['ship']]],
  ])('%s', (_name, needs, expected) => {
    expect(names(needs)).toEqual(expected)
  })

  test('a circle does not hang', () => {
    expect(
      names([
        [1, ['ship']],
        [4, ['build']],
      ])
        .flat()
        .toSorted(),
    ).toEqual(['build', 'docs', 'ship', 'unit'])
  })
})
