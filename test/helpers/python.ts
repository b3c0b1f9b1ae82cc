/** python-gitlab in a virtual environment of the tests' own, made once per machine. */
import { execFile } from 'node:child_process'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { withFileLock } from './file-lock.ts'

const run = promisify(execFile)

/** What is tested against; a newer one is a decision. */
const requirement = 'python-gitlab==8.6.0'
/** Making the environment, in milliseconds. */
const patience = 50_000

/** The interpreter that has python-gitlab, or why there is none here, in a sentence. */
export async function pythonGitlab(): Promise<{ readonly python: string } | { readonly problem: string }> {
  const folder = join(tmpdir(), `countersign-python-${process.getuid?.() ?? 0}`)
  const home = join(folder, requirement)
  const python = join(home, 'bin', 'python')
  try {
    await mkdir(folder, { recursive: true })
    await withFileLock(join(folder, 'lock'), async () => {
      if (!(await exists(python))) await make(folder, home)
    })
    return { python }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const problem = `${requirement} cannot be installed here: ${reason.split('\n')[0] ?? ''}`
    process.stderr.write(`\nSKIPPED: the tests with python-gitlab. ${problem}\n`)
    return { problem }
  }
}

/** A half-made one is never found: the name comes last. */
async function make(folder: string, home: string): Promise<void> {
  const draft = join(folder, 'draft')
  await rm(draft, { recursive: true, force: true })
  await run('python3', ['-m', 'venv', draft], { timeout: patience })
  const install = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--retries=1',
    '--timeout=10',
    requirement,
  ]
  await run(join(draft, 'bin', 'python'), install, { timeout: patience })
  await rename(draft, home)
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

/** Runs a Python program; fails the test with what it printed when it does not end well. Answers its output. */
export async function runPython(
  python: string,
  program: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  // Nothing but loopback, whatever proxy this machine has.
  const { stdout } = await run(python, ['-I', '-c', program], {
    env: { ...env, NO_PROXY: '*', PYTHONUNBUFFERED: '1' },
    timeout: 50_000,
  })
  return stdout
}
