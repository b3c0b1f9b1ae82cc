/** A `.gitlab-ci.yml` of any size, and the circumstances to compile it in. */
import type { ConfigReader, PipelineContext } from '../../src/ci/types.ts'

/** Jobs as teams write them: a template, variables, rules, needs within a stage or two, some environments. */
export function configuration(jobs: number): string {
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

export const context: PipelineContext = {
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

export const reader: ConfigReader = {
  readLocal: async () => null,
  listLocal: async () => [],
  openProject: async () => ({ found: false, missing: 'project' }),
  readRemote: async () => ({ problem: 'not here' }),
  readTemplate: async () => null,
  changedPaths: async () => null,
}
