import { compilePipeline } from '../../../src/ci/compile.ts'
import type {
  CompileResult,
  ConfigReader,
  JobPlan,
  PipelineContext,
  PipelinePlan,
  Variable,
} from '../../../src/ci/types.ts'

export function variable(key: string, value: string, flags: Partial<Variable> = {}): Variable {
  return { key, value, public: true, masked: false, file: false, raw: false, ...flags }
}

/** A push of the default branch. */
export function context(over: Partial<PipelineContext> = {}): PipelineContext {
  return {
    source: 'push',
    ref: 'main',
    refType: 'branch',
    defaultBranch: 'main',
    projectPath: 'group/project',
    configPath: '.gitlab-ci.yml',
    predefined: [
      variable('CI', 'true'),
      variable('CI_COMMIT_BRANCH', 'main'),
      variable('CI_COMMIT_REF_NAME', 'main'),
      variable('CI_COMMIT_REF_SLUG', 'main'),
      variable('CI_DEFAULT_BRANCH', 'main'),
      variable('CI_PIPELINE_SOURCE', 'push'),
    ],
    stored: [],
    pipelineVariables: [],
    inputs: {},
    ...over,
  }
}

/** A reader in which nothing exists but what is given. */
export function reader(over: Partial<ConfigReader> = {}): ConfigReader {
  return {
    readLocal: () => Promise.resolve(null),
    listLocal: () => Promise.resolve([]),
    openProject: () => Promise.resolve({ found: false, missing: 'project' }),
    readRemote: () => Promise.resolve({ httpStatus: 404 }),
    readTemplate: () => Promise.resolve(null),
    changedPaths: () => Promise.resolve(null),
    ...over,
  }
}

/** A reader over files of the project itself. */
export function files(contents: Readonly<Record<string, string>>, over: Partial<ConfigReader> = {}): ConfigReader {
  return reader({
    readLocal: (path) => Promise.resolve(contents[path] ?? null),
    listLocal: () => Promise.resolve(Object.keys(contents)),
    ...over,
  })
}

export function compile(
  text: string,
  over: Partial<PipelineContext> = {},
  from: ConfigReader = reader(),
): Promise<CompileResult> {
  return compilePipeline(text, context(over), from)
}

export async function planOf(
  text: string,
  over: Partial<PipelineContext> = {},
  from: ConfigReader = reader(),
): Promise<PipelinePlan> {
  const result = await compile(text, over, from)
  if (result.kind === 'plan') return result.plan
  throw new Error(`expected a plan, got ${JSON.stringify(result)}`)
}

export async function jobOf(
  text: string,
  name: string,
  over: Partial<PipelineContext> = {},
  from: ConfigReader = reader(),
): Promise<JobPlan> {
  const job = (await planOf(text, over, from)).jobs.find((candidate) => candidate.name === name)
  if (job === undefined) throw new Error(`no job ${name} in the plan`)
  return job
}

/** The messages of a configuration that is refused; of one that is not, none. */
export async function messagesOf(
  text: string,
  over: Partial<PipelineContext> = {},
  from: ConfigReader = reader(),
): Promise<readonly string[]> {
  const result = await compile(text, over, from)
  return result.kind === 'errors' ? result.errors.map((error) => error.message) : []
}
