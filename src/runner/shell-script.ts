import { existsSync } from 'node:fs'
import { join } from 'node:path'

const GREEN = '\u001b[32;1m'
const RESET = '\u001b[0;m'

/** Quotes any text as one word of a POSIX shell. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/** bash from the job's PATH, otherwise the system's sh. */
export function findShell(path: string): { readonly file: string; readonly name: 'bash' | 'sh' } {
  for (const dir of path.split(':')) {
    const file = join(dir, 'bash')
    if (dir !== '' && existsSync(file)) return { file, name: 'bash' }
  }
  return { file: '/bin/sh', name: 'sh' }
}

/**
 * What the shell is started with: it reads the script from descriptor 3, so that scripts of any size fit, the commands cannot
 * eat it as their input, and nothing of it shows in process lists. A script that arrives without its last line is not run: the
 * runner died while writing, and half a command line can do anything.
 */
export function shellArguments(name: 'bash' | 'sh'): string[] {
  const strict = name === 'bash' ? 'set -eo pipefail; set +o noclobber' : 'set -e'
  return [
    '-c',
    `exec 2>&1; umask 022; ${strict}
COUNTERSIGN_SCRIPT=$(cat <&3)
case "$COUNTERSIGN_SCRIPT" in *'
${LAST_LINE}') ;; *) echo 'The script did not arrive completely.'; exit 1 ;; esac
exec 3<&-
eval "unset COUNTERSIGN_SCRIPT
$COUNTERSIGN_SCRIPT"`,
  ]
}

const LAST_LINE = '# end of countersign script'

/** The text to write to descriptor 3. NUL cannot be part of a shell script. */
export function completeScript(lines: readonly string[]): string {
  return `${lines.join('\n').replaceAll('\0', '')}\n${LAST_LINE}\n`
}

/** Shows each command in green before it runs, as GitLab Runner does; of a command with several lines, the first. */
export function echoedCommands(commands: readonly string[]): string[] {
  return commands.flatMap((command) => {
    const trimmed = command.trim()
    if (trimmed === '') return []
    const [first, ...rest] = trimmed.split('\n')
    const shown = rest.length === 0 ? `$ ${first}` : `$ ${first} # and ${rest.length} more lines`
    return [`printf '%s\\n' ${quote(GREEN + shown + RESET)}`, command]
  })
}

/** Makes variables that earlier steps appended to the file named by GITLAB_ENV (`KEY=VALUE` lines) part of this step. */
export function exportStepVariables(file: string): string[] {
  const variable = 'COUNTERSIGN_LINE'
  return [
    `if [ -f ${quote(file)} ]; then while IFS= read -r ${variable} || [ -n "$${variable}" ]; do`,
    `case "$${variable}" in [A-Za-z_]*=*) export "$${variable}" ;; esac`,
    `done < ${quote(file)}; unset ${variable}; fi`,
  ]
}
