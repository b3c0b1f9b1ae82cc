/** A program of its own: compiles the file it is given and prints one line for each job, as `gitlab-ci-local --list` does. */
import { readFileSync } from 'node:fs'
import { compilePipeline } from '../../src/ci/compile.ts'
import { context, reader } from './ci-configuration.ts'

const result = await compilePipeline(readFileSync(process.argv[2] ?? '', 'utf8'), context, reader)
if (result.kind !== 'plan') throw new Error(result.kind)
for (const { name, stage, when, allowFailure, needs } of result.plan.jobs) {
  process.stdout.write(`${name} ${stage} ${when} ${allowFailure} ${needs?.map((need) => need.job).join(',') ?? ''}\n`)
}
