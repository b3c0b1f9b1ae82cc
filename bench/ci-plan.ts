/** The time from the text of a `.gitlab-ci.yml` to a pipeline's plan. */
import { compilePipeline } from '../src/ci/compile.ts'
import type { ConfigReader, PipelineContext } from '../src/ci/types.ts'
import { median, table } from './lib/numbers.ts'

const sizes = [10, 100, 1_000, 5_000]
const rounds = 15

export async function run(): Promise<void> {
  const rows = []
  for (const jobs of sizes) {
    const text = configuration(jobs)
    const times: number[] = []
    for (let round = 0; round < rounds + 3; round += 1) {
      const start = performance.now()
      const result = await compilePipeline(text, context, reader)
      if (result.kind !== 'plan' || result.plan.jobs.length !== jobs) throw new Error(`${jobs} jobs: ${result.kind}`)
      if (round >= 3) times.push(performance.now() - start)
    }
    rows.push({
      jobs,
      'kB of YAML': text.length / 1000,
      ms: median(times),
      'µs per job': (median(times) * 1000) / jobs,
    })
  }
  table(`From text to plan, medians of ${rounds}`, rows)
}

/** Jobs as teams write them: a template, variables, rules, needs within a stage or two, some environments. */
function configuration(jobs: number): string {
  const head = `stages: [build, test, deploy]
default:
  image: alpine:3
variables:
  GLOBAL: value
.base:
  before_script: [echo before]
  retry: 1
`
  const body = Array.from({ length: jobs }, (_, index) => {
    const stage = ['build', 'test', 'deploy'][index % 3]
    const needs = index >= 3 && index % 3 !== 0 ? `  needs: [job-${index - (index % 3)}]\n` : ''
    const environment = index % 3 === 2 ? `  environment:\n    name: review/$CI_JOB_NAME\n` : ''
    return `job-${index}:
  extends: .base
  stage: ${stage}
  script:
    - echo "job ${index}"
    - make part-${index}
  variables:
    PART: "${index}"
  rules:
    - if: '$CI_COMMIT_BRANCH == "main"'
${needs}${environment}`
  })
  return head + body.join('')
}

const predefined = Object.entries({
  CI_COMMIT_BRANCH: 'main',
  CI_COMMIT_REF_NAME: 'main',
  CI_PIPELINE_SOURCE: 'push',
}).map(([key, value]) => ({ key, value, public: true, masked: false, file: false, raw: false }))

const context: PipelineContext = {
  source: 'push',
  ref: 'main',
  refType: 'branch',
  defaultBranch: 'main',
  projectPath: 'acme/shop',
  configPath: '.gitlab-ci.yml',
  predefined,
  stored: [],
  pipelineVariables: [],
  inputs: {},
}

const reader: ConfigReader = {
  readLocal: async () => null,
  listLocal: async () => [],
  openProject: async () => ({ found: false, missing: 'project' }),
  readRemote: async () => ({ problem: 'not here' }),
  readTemplate: async () => null,
  changedPaths: async () => null,
}
