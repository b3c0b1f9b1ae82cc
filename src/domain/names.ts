/** Which names and paths groups, projects and users may have (GitLab docs, "Reserved project and group names"). */

/** First segments of a path that the server answers itself. */
const reservedAtTop = new Set([
  '-',
  '.well-known',
  '404.html',
  '422.html',
  '500.html',
  '502.html',
  '503.html',
  'admin',
  'api',
  'apple-touch-icon.png',
  'assets',
  'dashboard',
  'deploy.html',
  'explore',
  'favicon.ico',
  'favicon.png',
  'files',
  'groups',
  'health_check',
  'help',
  'import',
  'jwt',
  'login',
  'oauth',
  'profile',
  'projects',
  'public',
  'robots.txt',
  's',
  'search',
  'sitemap',
  'sitemap.xml',
  'sitemap.xml.gz',
  'slash-command-logo.png',
  'snippets',
  'unsubscribes',
  'uploads',
  'users',
  'v2',
])

/** Segments that follow a project in its own addresses, so nothing below the top may be called so. */
const reservedBelow = new Set([
  '-',
  'badges',
  'blame',
  'blob',
  'builds',
  'commits',
  'create',
  'create_dir',
  'edit',
  'files',
  'find_file',
  'new',
  'preview',
  'raw',
  'refs',
  'tree',
  'update',
  'wikis',
])

const namespaceFormat = /^[a-zA-Z0-9_.][a-zA-Z0-9_.-]*$/
const projectFormat = /^[a-zA-Z0-9]+([._-][a-zA-Z0-9]+)*$/
const refusedEnding = /\.(git|atom)$/i

/** What is wrong with the path of a group or a username; empty when nothing is. */
export function namespacePathProblems(path: string, atTop: boolean): string[] {
  if (path === '') return ["can't be blank"]
  if (path.length > 255) return ['is too long (maximum is 255 characters)']
  if (!namespaceFormat.test(path) || path.endsWith('.') || refusedEnding.test(path)) {
    return [
      "can contain only letters, digits, '_', '-' and '.'. Cannot start with '-' or end in '.', '.git' or '.atom'.",
    ]
  }
  const lower = path.toLowerCase()
  return reservedBelow.has(lower) || (atTop && reservedAtTop.has(lower)) ? ['is a reserved name'] : []
}

/** What is wrong with the path of a project; empty when nothing is. */
export function projectPathProblems(path: string): string[] {
  if (path === '') return ["can't be blank"]
  if (path.length > 255) return ['is too long (maximum is 255 characters)']
  if (!projectFormat.test(path) || refusedEnding.test(path)) {
    return [
      "can only include non-accented letters, digits, '_', '-' and '.'. It must not start with '-', '_', or '.', nor end with '-', '_', '.', '.git', or '.atom'.",
    ]
  }
  return reservedBelow.has(path.toLowerCase()) ? ['is a reserved name'] : []
}

/** What is wrong with the name that people read; empty when nothing is. */
export function displayNameProblems(name: string): string[] {
  if (name.trim() === '') return ["can't be blank"]
  if (name.length > 255) return ['is too long (maximum is 255 characters)']
  // Control characters would let a name look like another one.
  return /\p{Cc}/u.test(name) ? ['is invalid'] : []
}

const character = '\\p{L}\\p{M}\\p{N}_\\u{a9}-\\u{1f9ff}'
const projectName = new RegExp(`^[${character}][${character}\\p{Pd}+. ]*$`, 'u')
const groupName = new RegExp(`^[${character}][${character}\\p{Pd}(). ]*$`, 'u')

/** What is wrong with the name of a project; empty when nothing is. */
export function projectNameProblems(name: string): string[] {
  const problems = displayNameProblems(name)
  if (problems.length > 0 || projectName.test(name)) return problems
  return [
    "can contain only letters, digits, emoji, '_', '.', '+', dashes, or spaces. It must start with a letter, digit, emoji, or '_'.",
  ]
}

/** What is wrong with the name of a group; empty when nothing is. */
export function groupNameProblems(name: string): string[] {
  const problems = displayNameProblems(name)
  if (problems.length > 0 || groupName.test(name)) return problems
  return [
    "can contain only letters, digits, emoji, '_', '.', dash, space, parenthesis. It must start with letter, digit, emoji or '_'.",
  ]
}

/** A path made of a name, as GitLab does for a project that is created without one. */
export function pathFromName(name: string): string {
  return name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9_.]+/g, '-')
    .replaceAll(/[-_.]{2,}/g, '-')
    .replaceAll(/^[-_.]+|[-_.]+$/g, '')
}
