import { expect, it } from 'vitest'
import { gitProblem, versionProblem } from '../../src/git/git-version.ts'

it.each([
  ['git version 2.39.5\n', true],
  ['git version 2.36.0', true],
  ['git version 3.0.1', true],
  ['git version 2.39.5 (Apple Git-154)', true],
  ['git version 2.35.9', false],
  ['git version 1.99.0', false],
  ['something else', false],
])('%j is enough: %s', (text, isEnough) => expect(versionProblem(text) === null).toBe(isEnough))

it('looks at the installed program', async () => {
  expect(await gitProblem()).toBeNull()
  expect(await gitProblem('/nowhere/git')).toContain('was not found')
})
