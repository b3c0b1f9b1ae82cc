/** CI_COMMIT_REF_SLUG, CI_PROJECT_PATH_SLUG, CI_JOB_NAME_SLUG (reference gitlab-ci-and-runner.md B4). */
import { expect, test } from 'vitest'
import { slugify } from '../../src/ci/predefined.ts'

test.each([
  ['main', 'main'],
  ['Feature/ABC_1', 'feature-abc-1'],
  ['feature/a--b', 'feature-a--b'],
  ['--edge--', 'edge'],
  ['é', ''],
  ['x'.repeat(70), 'x'.repeat(63)],
  [`${'x'.repeat(62)}/y`, 'x'.repeat(62)],
])('%s → %s', (text, slug) => {
  expect(slugify(text)).toBe(slug)
})
