import type { JobPayload } from '../contract/runner-protocol.ts'
import { echoedCommands, quote } from './shell-script.ts'

export interface GitSource {
  /** Lines for the shell. */
  readonly script: readonly string[]
  /** Added to the job's environment while they run. */
  readonly env: Readonly<Record<string, string>>
}

interface RemoteUrl {
  readonly url: string
  readonly user: string
  readonly password: string
}

/** Takes user and password out of a URL; other kinds of addresses stay as they are. */
export function splitCredentials(repoUrl: string): RemoteUrl {
  if (!URL.canParse(repoUrl)) return { url: repoUrl, user: '', password: '' }
  const url = new URL(repoUrl)
  const [user, password] = [decode(url.username), decode(url.password)]
  url.username = ''
  url.password = ''
  return { url: url.href, user, password }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * Configuration that lets git sign in to the server with the job's token, in environment variables: nothing is written to
 * `.git/config`, and submodules and commands of the job's own script use it as well. The token itself stands in its own variable.
 */
export function gitCredentials(repoUrl: string): Record<string, string> {
  const { url, user, password } = splitCredentials(repoUrl)
  const quiet = { GIT_TERMINAL_PROMPT: '0' }
  if (password === '' || !/^https?:/.test(url)) return quiet
  const helper =
    '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n" "$COUNTERSIGN_GIT_USER" "$COUNTERSIGN_GIT_PASSWORD"; }; f'
  const origin = new URL(url).origin
  const settings = [
    // An empty helper forgets those of the system: the job's token must not end up in somebody's keychain.
    [`credential.${origin}.helper`, ''],
    [`credential.${origin}.helper`, helper],
  ]
  const numbered = settings.flatMap(([key = '', value = ''], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ])
  return {
    ...quiet,
    COUNTERSIGN_GIT_USER: user,
    COUNTERSIGN_GIT_PASSWORD: password,
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(numbered),
  }
}

/**
 * The commands that put the job's commit into its (empty) project directory, with the variables of GitLab Runner: GIT_STRATEGY
 * (none and empty leave the directory empty; clone and fetch are the same, because every job starts with a clean slot),
 * GIT_DEPTH, GIT_FETCH_EXTRA_FLAGS, GIT_CHECKOUT, GIT_SUBMODULE_STRATEGY, GIT_SUBMODULE_DEPTH, GIT_SUBMODULE_UPDATE_FLAGS,
 * and the hooks before and after.
 * @returns a sentence when a variable has a value that makes no sense
 */
export function gitSource(
  job: JobPayload,
  env: Readonly<Record<string, string>>,
  projectDir: string,
): GitSource | { readonly problem: string } {
  const strategy = env.GIT_STRATEGY || (job.allow_git_fetch ? 'fetch' : 'clone')
  if (!['none', 'empty', 'clone', 'fetch'].includes(strategy)) return { problem: `unknown GIT_STRATEGY: ${strategy}` }
  const submodules = env.GIT_SUBMODULE_STRATEGY || 'none'
  if (!['none', 'normal', 'recursive'].includes(submodules)) {
    return { problem: `unknown GIT_SUBMODULE_STRATEGY: ${submodules}` }
  }
  const enter = [`mkdir -p ${quote(projectDir)}`, `cd ${quote(projectDir)}`]
  const bare = strategy === 'none' || strategy === 'empty'
  return {
    env: gitCredentials(job.git_info.repo_url),
    script: [
      ...hook(job, 'pre_get_sources_script'),
      ...enter,
      ...(bare ? [say('No repository: GIT_STRATEGY says so')] : fetchAndCheckout(job, env)),
      ...(bare || submodules === 'none' ? [] : updateSubmodules(env, submodules === 'recursive')),
      ...hook(job, 'post_get_sources_script'),
    ],
  }
}

function fetchAndCheckout(job: JobPayload, env: Readonly<Record<string, string>>): string[] {
  const { git_info: git } = job
  const { url } = splitCredentials(git.repo_url)
  const depth = /^\d+$/.test(env.GIT_DEPTH ?? '') ? Number(env.GIT_DEPTH) : git.depth
  const format = git.repo_object_format === 'sha256' ? ['--object-format=sha256'] : []
  const fetch = [
    'git fetch origin --no-recurse-submodules',
    ...git.refspecs.map(quote),
    ...(depth > 0 ? [`--depth ${depth}`] : []),
    ...flags(env.GIT_FETCH_EXTRA_FLAGS, '--prune --quiet'),
  ]
  const lines = [
    say(depth > 0 ? `Fetching the last ${depth} commits...` : 'Fetching the complete history...'),
    ['git init --quiet --template=', ...format, '.'].join(' '),
    'git config gc.auto 0',
    'git config maintenance.auto false',
    // A second attempt finds the remote of the first.
    `git remote add origin ${quote(url)} 2>/dev/null || git remote set-url origin ${quote(url)}`,
    fetch.join(' '),
  ]
  if (env.GIT_CHECKOUT === 'false') return [...lines, say('No checkout: GIT_CHECKOUT says so')]
  return [
    ...lines,
    say(`Checking out ${git.sha.slice(0, 8)} of ${git.ref}...`),
    `git -c advice.detachedHead=false checkout -f -q ${quote(git.sha)}`,
  ]
}

function updateSubmodules(env: Readonly<Record<string, string>>, recursive: boolean): string[] {
  const depth = /^[1-9]\d*$/.test(env.GIT_SUBMODULE_DEPTH ?? '') ? [`--depth ${env.GIT_SUBMODULE_DEPTH}`] : []
  const update = [
    'git submodule --quiet update --init',
    ...(recursive ? ['--recursive'] : []),
    ...depth,
    ...flags(env.GIT_SUBMODULE_UPDATE_FLAGS, ''),
  ]
  return [
    say(recursive ? 'Updating submodules recursively...' : 'Updating submodules...'),
    'git submodule --quiet init',
    `git submodule --quiet sync${recursive ? ' --recursive' : ''}`,
    update.join(' '),
  ]
}

/** Words of a variable with git options; `none` means no options at all. */
function flags(value: string | undefined, fallback: string): string[] {
  const text = value || fallback
  return text === 'none'
    ? []
    : text
        .split(/\s+/)
        .filter((word) => word !== '')
        .map(quote)
}

function hook(job: JobPayload, name: string): string[] {
  return job.hooks.filter((one) => one.name === name).flatMap((one) => echoedCommands(one.script))
}

function say(text: string): string {
  return `printf '%s\\n' ${quote(`\u001b[32;1m${text}\u001b[0;m`)}`
}
