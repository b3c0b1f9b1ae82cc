import { spawn } from 'node:child_process'
import { MARKER_VARIABLE } from './process-tree.ts'

/**
 * Reads lines from the runner: a process group to remember, an empty line to forget it, `done` to leave. When the pipe ends
 * without `done`, the runner is dead: end the group and whatever carries the marker. `$1` is the marker as it stands in an
 * environment. /proc is absent on macOS: there the group is all there is.
 */
const SCRIPT = `
group=
while IFS= read -r line; do
  [ "$line" = done ] && exit 0
  group=$line
done
round=0
while [ "$round" -lt 100 ]; do
  [ -n "$group" ] && kill -KILL -- "-$group" 2>/dev/null
  found=$(grep -lsF -- "$1" /proc/[0-9]*/environ 2>/dev/null)
  [ -z "$found" ] && exit 0
  for file in $found; do
    pid=\${file#/proc/}
    kill -KILL "\${pid%/environ}" 2>/dev/null
  done
  round=$((round + 1))
  [ "$round" -gt 5 ] && sleep 1
done
`

export interface Watchdog {
  /** Older than every process of the job. undefined: it could not be started. */
  readonly pid: number | undefined
  /** The process group of the step that runs now; null between steps. */
  watch(group: number | null): void
  /** The job is over and nothing of it is left. */
  done(): void
}

/**
 * Starts a process that outlives the runner just long enough to end a job's processes, so that no orphan goes on deploying
 * after a `kill -9`. It runs under the runner's account and outside of the job's group: a job under another account cannot stop it.
 */
export function startWatchdog(marker: string): Watchdog {
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'countersign-watchdog', `${MARKER_VARIABLE}=${marker}`], {
    cwd: '/',
    detached: true,
    env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.on('error', () => {})
  child.stdin.on('error', () => {})
  child.unref()
  return {
    pid: child.pid,
    watch: (group) => void child.stdin.write(`${group ?? ''}\n`),
    done: () => void child.stdin.end('done\n'),
  }
}
