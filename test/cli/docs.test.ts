import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { commandLinePage, commandLinePath } from '../../scripts/cli-docs.ts'

test('docs/command-line.md is what the commands say of themselves', async () => {
  expect(await readFile(commandLinePath, 'utf8'), 'run: node_modules/.bin/node scripts/cli-docs.ts').toBe(
    await commandLinePage(),
  )
})
