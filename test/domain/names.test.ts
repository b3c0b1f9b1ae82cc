import { describe, expect, it } from 'vitest'
import {
  groupNameProblems,
  namespacePathProblems,
  pathFromName,
  projectNameProblems,
  projectPathProblems,
} from '../../src/domain/names.ts'

describe('paths', () => {
  // A path, and whether a group at the top, a group below another, and a project may have it.
  it.each<[string, boolean, boolean, boolean]>([
    ['ops', true, true, true],
    ['Ops_2.eu-west', true, true, true],
    ['1', true, true, true],
    ['_ops', true, true, false],
    ['.ops', true, true, false],
    ['ops-', true, true, false],
    ['a..b', true, true, false],
    ['a--b', true, true, false],
    ['-ops', false, false, false],
    ['ops.', false, false, false],
    ['ops.git', false, false, false],
    ['ops.ATOM', false, false, false],
    ['a/b', false, false, false],
    ['a b', false, false, false],
    ['ünder', false, false, false],
    ['a\n', false, false, false],
    ['', false, false, false],
    ['-', false, false, false],
    ['api', false, true, true],
    ['API', false, true, true],
    ['help', false, true, true],
    ['users', false, true, true],
    ['tree', false, false, false],
    ['Blob', false, false, false],
    ['x'.repeat(255), true, true, true],
    ['x'.repeat(256), false, false, false],
  ])('%j', (path, atTop, below, project) => {
    expect(namespacePathProblems(path, true).length === 0).toBe(atTop)
    expect(namespacePathProblems(path, false).length === 0).toBe(below)
    expect(projectPathProblems(path).length === 0).toBe(project)
  })
})

describe('names', () => {
  it.each<[string, boolean, boolean]>([
    ['Deploy', true, true],
    ['Über Größe 2', true, true],
    ['部署', true, true],
    ['🚀 launch', true, true],
    ['_x', true, true],
    ['Operators (EU)', true, false],
    ['C++', false, true],
    ['a - b – c', true, true],
    ['', false, false],
    ['   ', false, false],
    [' x', false, false],
    ['-x', false, false],
    ['<b>', false, false],
    ['a\u0007b', false, false],
    ['a\nb', false, false],
    ['x'.repeat(256), false, false],
  ])('%j', (name, group, project) => {
    expect(groupNameProblems(name).length === 0).toBe(group)
    expect(projectNameProblems(name).length === 0).toBe(project)
  })
})

describe('a path made of a name', () => {
  it.each([
    ['Deploy', 'deploy'],
    ['My  Project!', 'my-project'],
    ['Über Größe', 'uber-gro-e'],
    ['a - b', 'a-b'],
    ['x...y', 'x-y'],
    ['.hidden.', 'hidden'],
    ['部署', ''],
  ])('%j → %j', (name, path) => {
    expect(pathFromName(name)).toBe(path)
    if (path !== '') expect(projectPathProblems(path)).toEqual([])
  })
})
