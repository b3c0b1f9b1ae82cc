/**
 * `release:` as the commands of a runner step (GitLab docs, "release"): one of GitLab's two programs makes the release over the API.
 * The runner replaces variables in the text before a shell reads it, so `$` stands only where GitLab has it too.
 */

/** glab can do it from this version on; before, and without it, there is release-cli. */
const glabVersion = '1.58.0'

const isNewEnough =
  `[ "$(printf '%s\\n' ${glabVersion} "$(glab --version | grep -oE '[0-9]+[.][0-9]+[.][0-9]+' | head -n 1)"` +
  ` | sort -V | head -n 1)" = ${glabVersion} ]`

/** One script line of several lines of shell: it ends with the status of the program that makes the release. */
export function releaseScript(release: Readonly<Record<string, unknown>>): string[] {
  return [
    [
      `if command -v glab >/dev/null 2>&1 && ${isNewEnough}; then`,
      '  export GITLAB_HOST="$CI_SERVER_URL"',
      '  glab auth login --job-token "$CI_JOB_TOKEN" --hostname "$CI_SERVER_FQDN" --api-protocol "$CI_SERVER_PROTOCOL"',
      `  ${glab(release)}`,
      'else',
      `  ${releaseCli(release)}`,
      'fi',
    ].join('\n'),
  ]
}

function glab(release: Readonly<Record<string, unknown>>): string {
  const milestones = texts(release['milestones']).join(',')
  return [
    'glab release create -R "$CI_PROJECT_PATH"',
    quoted(text(release['tag_name']) || '$CI_COMMIT_TAG'),
    ...option('--name', text(release['name'])),
    ...option('--experimental-notes-text-or-file', text(release['description'])),
    ...option('--ref', text(release['ref']) || '$CI_COMMIT_SHA'),
    ...option('--tag-message', text(release['tag_message'])),
    ...option('--released-at', text(release['released_at'])),
    ...option('--milestone', milestones),
    ...(links(release).length > 0 ? ['--assets-links', jsonWord(links(release))] : []),
    '--no-update --no-close-milestone',
  ].join(' ')
}

function releaseCli(release: Readonly<Record<string, unknown>>): string {
  const names = ['name', 'description', 'tag_name', 'tag_message', 'ref', 'released_at']
  return [
    'release-cli create',
    ...names.flatMap((name) => option(`--${name.replace('_', '-')}`, text(release[name]))),
    ...texts(release['milestones']).flatMap((milestone) => option('--milestone', milestone)),
    ...links(release).map((link) => `--assets-link ${jsonWord(link)}`),
  ].join(' ')
}

function option(name: string, value: string): string[] {
  return value === '' ? [] : [`${name} ${quoted(value)}`]
}

/** Between double quotes, where the shell still replaces variables: what the file says may be made of them. */
function quoted(value: string): string {
  return `"${value}"`
}

/** JSON as one word of shell: the quotes of its JSON text do for the shell as well. */
function jsonWord(value: unknown): string {
  return JSON.stringify(JSON.stringify(value))
}

function links(release: Readonly<Record<string, unknown>>): readonly unknown[] {
  const assets = release['assets']
  const list = typeof assets === 'object' && assets !== null && 'links' in assets ? assets.links : []
  return Array.isArray(list) ? list : []
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function texts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}
