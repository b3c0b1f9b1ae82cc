import { err, ok, type Result } from '../domain/result.ts'
import { type IncludeLocation, nameOf } from './include-location.ts'
import type { ConfigReader, PipelineContext } from './types.ts'

/** Where the `local` includes of a file are looked for. */
export interface FileScope {
  /** Null for files that belong to no project (remote files, templates). */
  readonly project: {
    /** Tells projects apart. */
    readonly id: string
    readonly read: (path: string) => Promise<string | null>
    readonly list: () => Promise<readonly string[]>
  } | null
  /** Whether variables are replaced in the includes of this file. Not in remote ones, which could send them anywhere. */
  readonly expandsVariables: boolean
  /** `$[[ component.… ]]` of this file. */
  readonly component: ReadonlyMap<string, string>
}

export interface FetchedFile {
  readonly text: string
  readonly scope: FileScope
  /** How errors name the file. */
  readonly file: string
}

/** The files of the pipeline's own project. */
export function ownScope(context: PipelineContext, reader: ConfigReader): FileScope {
  return {
    project: {
      id: context.projectPath,
      read: (path) => reader.readLocal(path),
      list: () => reader.listLocal(),
    },
    expandsVariables: true,
    component: new Map(),
  }
}

const NO_PROJECT: FileScope = { project: null, expandsVariables: false, component: new Map() }

/** What is wrong with a location before anything is fetched; null when nothing is. */
export function locationProblem(location: IncludeLocation): string | null {
  const name = nameOf(location)
  if (location.kind === 'component') return null
  if (location.kind === 'template') {
    return name.endsWith('.gitlab-ci.yml') ? null : `Template file \`${name}\` is not a valid location!`
  }
  if (location.kind === 'remote') {
    const url = URL.canParse(name) ? new URL(name) : null
    if (!/\.ya?ml$/i.test(url?.pathname ?? name)) return `Included file \`${name}\` does not have YAML extension!`
    const good = url !== null && /^https?:$/.test(url.protocol) && url.hostname !== ''
    return good ? null : `Remote file \`${name}\` does not have a valid address!`
  }
  return /[^/]\.ya?ml$/i.test(name) ? null : `Included file \`${name}\` does not have YAML extension!`
}

/** Reads the text of a location, or answers GitLab's message why not (reference A6). */
export async function fetchFile(
  location: IncludeLocation,
  scope: FileScope,
  context: PipelineContext,
  reader: ConfigReader,
): Promise<Result<FetchedFile, string>> {
  switch (location.kind) {
    case 'local':
      return fetchLocal(location.path, scope)
    case 'project':
      return fetchProject(location, reader)
    case 'remote':
      return fetchRemote(location.url, location.integrity, reader)
    case 'template':
      return fetchTemplate(location.name, reader)
    case 'component':
      return fetchComponent(location.address, context, reader)
    case 'artifact':
      return fetchArtifact(location.path, location.job, scope, context, reader)
  }
}

async function fetchLocal(path: string, scope: FileScope): Promise<Result<FetchedFile, string>> {
  if (scope.project === null) return err(`Local file \`${path}\` does not have project!`)
  const text = await scope.project.read(path)
  if (text === null) return err(`Local file \`${path}\` does not exist!`)
  if (text.trim() === '') return err(`Local file \`${path}\` is empty!`)
  return ok({ text, scope, file: path })
}

async function fetchProject(
  location: Extract<IncludeLocation, { kind: 'project' }>,
  reader: ConfigReader,
): Promise<Result<FetchedFile, string>> {
  const { project, file, ref } = location
  const opened = await reader.openProject(project, ref)
  if (!opened.found && opened.missing === 'ref') {
    return err(`Project \`${project}\` reference \`${ref ?? 'HEAD'}\` does not exist!`)
  }
  if (!opened.found) {
    const advice = 'Make sure any includes in the pipeline configuration are correctly defined.'
    return err(`Project \`${project}\` not found or access denied! ${advice}`)
  }
  const text = await opened.read(file)
  if (text === null) return err(`Project \`${project}\` file \`${file}\` does not exist!`)
  if (text.trim() === '') return err(`Project \`${project}\` file \`${file}\` is empty!`)
  const inside = insideProject(project, opened)
  return ok({ text, scope: { ...NO_PROJECT, project: inside, expandsVariables: true }, file: `${project}:${file}` })
}

type OpenProject = Extract<Awaited<ReturnType<ConfigReader['openProject']>>, { found: true }>

function insideProject(project: string, opened: OpenProject): FileScope['project'] {
  return { id: `${project}@${opened.sha}`, read: (path) => opened.read(path), list: () => opened.list() }
}

async function fetchRemote(
  url: string,
  integrity: string | null,
  reader: ConfigReader,
): Promise<Result<FetchedFile, string>> {
  if (integrity !== null && !integrity.startsWith('sha256-')) return err("integrity hash must start with 'sha256-'")
  const answer = await reader.readRemote(url)
  if ('httpStatus' in answer) {
    const attempts = answer.httpStatus >= 500 ? '3 attempts' : '1 attempt'
    return err(
      `Remote file \`${url}\` could not be fetched after ${attempts} because of HTTP code \`${answer.httpStatus}\` error!`,
    )
  }
  if ('problem' in answer) return err(`Remote file \`${url}\` could not be fetched because ${answer.problem}!`)
  if (answer.text.trim() === '')
    return err(`Remote file \`${url}\` could not be fetched because the response was empty!`)
  if (integrity !== null) {
    const actual = await reader.sha256?.(answer.text)
    if (actual !== integrity.slice('sha256-'.length)) return err(`Remote file \`${url}\` failed integrity check!`)
  }
  return ok({ text: answer.text, scope: NO_PROJECT, file: url })
}

async function fetchTemplate(name: string, reader: ConfigReader): Promise<Result<FetchedFile, string>> {
  const text = await reader.readTemplate(name)
  if (text === null || text.trim() === '') return err(`Included file \`${name}\` is empty or does not exist!`)
  return ok({ text, scope: NO_PROJECT, file: name })
}

/** `FQDN/path/to/project/name@version`, found as `templates/name.yml` or `templates/name/template.yml`. */
async function fetchComponent(
  address: string,
  context: PipelineContext,
  reader: ConfigReader,
): Promise<Result<FetchedFile, string>> {
  const refuse = (why: string): Result<FetchedFile, string> => err(`Component '${address}' - ${why}`)
  const host = context.predefined.findLast((variable) => variable.key === 'CI_SERVER_FQDN')?.value ?? ''
  const at = address.indexOf('@')
  if (at === -1 || host === '' || !address.startsWith(`${host}/`)) return refuse('the component path is not supported')
  const path = address.slice(host.length + 1, at)
  const version = address.slice(at + 1)
  const slash = path.lastIndexOf('/')
  const project = path.slice(0, Math.max(slash, 0))
  const name = path.slice(slash + 1)
  const resolved = await resolveVersion(project, version, reader)
  if (resolved === null) return refuse('content not found')
  const opened = await reader.openProject(project, resolved)
  if (!opened.found && opened.missing === 'project') {
    return refuse("project does not exist or you don't have sufficient permissions")
  }
  if (!opened.found || name === '') return refuse('content not found')
  const text = (await opened.read(`templates/${name}.yml`)) ?? (await opened.read(`templates/${name}/template.yml`))
  if (text === null || text.trim() === '') return refuse('content not found')
  const component = new Map([
    ['name', name],
    ['sha', opened.sha],
    ['version', resolved],
    ['reference', version],
  ])
  const inside = insideProject(project, opened)
  return ok({ text, scope: { project: inside, expandsVariables: true, component }, file: address })
}

async function resolveVersion(project: string, version: string, reader: ConfigReader): Promise<string | null> {
  if (version === '~latest') return (await reader.latestVersion?.(project, null)) ?? null
  if (/^\d+(?:\.\d+)?$/.test(version)) return (await reader.latestVersion?.(project, version)) ?? version
  return version === '' ? null : version
}

async function fetchArtifact(
  path: string,
  job: string | null,
  scope: FileScope,
  context: PipelineContext,
  reader: ConfigReader,
): Promise<Result<FetchedFile, string>> {
  if (context.source !== 'parent_pipeline' || reader.readArtifact === undefined) {
    return err('Including configs from artifacts is only allowed when triggering child pipelines')
  }
  if (job === null) return err('Job must be provided when including configs from artifacts')
  const answer = await reader.readArtifact(job, path)
  if ('missing' in answer && answer.missing === 'job') {
    return err(`Job \`${job}\` not found in parent pipeline or does not have artifacts!`)
  }
  if ('missing' in answer || answer.text.trim() === '') return err(`File \`${path}\` is empty!`)
  return ok({ text: answer.text, scope, file: path })
}
