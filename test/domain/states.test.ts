import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { statesMarkdown } from '../../scripts/states.ts'
import { deploymentTransitions } from '../../src/domain/deployment.ts'
import { jobTransitions } from '../../src/domain/job.ts'

const page = readFileSync(new URL('../../docs/states.md', import.meta.url), 'utf8')

test('docs/states.md is what scripts/states.ts prints', () => expect(page).toBe(statesMarkdown()))

test('every transition is in a table and in a diagram', () => {
  for (const transitions of [jobTransitions, deploymentTransitions]) {
    for (const [event, { from, to }] of Object.entries(transitions)) {
      expect(page).toContain(`| ${event} | ${from.join(', ')} | ${to} |`)
      for (const status of from) expect(page).toMatch(new RegExp(`^ {2}${status} --> ${to}: .*\\b${event}\\b`, 'm'))
    }
  }
})
