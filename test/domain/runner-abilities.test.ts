/** What a job needs of its runner, one keyword after the other, from the text of a configuration. */
import { expect, test } from 'vitest'
import { canRun, neededAbilities, type RunnerAbilities, type RunnerAbility } from '../../src/domain/runner-abilities.ts'
import { jobOf } from '../ci/helpers/compile.ts'

const rows: [string, RunnerAbility[]][] = [
  ['artifacts: {paths: [out]}', []],
  ['artifacts: {paths: [out], exclude: [out/tmp]}', ['artifacts_exclude']],
  ['artifacts: {reports: {junit: junit.xml}}', ['upload_multiple_artifacts']],
  ['allow_failure: true', []],
  ['allow_failure: {exit_codes: [3]}', ['return_exit_code']],
  ['retry: {max: 1, exit_codes: [3]}', ['return_exit_code']],
  ['cache: {paths: [c]}', []],
  ['cache: {paths: [c], fallback_keys: [other]}', ['fallback_cache_keys']],
  ['inputs: {who: {default: me}}', ['job_inputs']],
  ['release: {tag_name: v1, description: it}', ['multi_build_steps']],
  ['secrets: {TOKEN: {vault: a/b@c}}', ['vault_secrets']],
]

test.each(rows)('%s', async (line, needed) => {
  const plan = await jobOf(`a: {script: [x], ${line}}`, 'a')
  expect(neededAbilities(plan)).toEqual(needed)
  const all: RunnerAbilities = {
    upload_multiple_artifacts: true,
    artifacts_exclude: true,
    multi_build_steps: true,
    return_exit_code: true,
    fallback_cache_keys: true,
    vault_secrets: true,
    job_inputs: true,
  }
  expect(canRun(plan, all)).toBe(true)
  for (const one of needed) expect(canRun(plan, { ...all, [one]: false })).toBe(false)
})
