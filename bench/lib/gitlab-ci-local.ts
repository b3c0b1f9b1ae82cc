/** gitlab-ci-local from npm, in a scratch directory: another program that reads the same files. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const version = '4.75.1'

export interface Scratch {
  /** A git repository for the configurations. */
  readonly repository: string
  /** The program to run with Node. */
  readonly program: string
  remove(): void
}

/** Null, and a line that says why, when it cannot be had. */
export function installGitlabCiLocal(): Scratch | null {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-bench-'))
  const repository = join(directory, 'repository')
  const quiet = { stdio: 'ignore', timeout: 120_000 } as const
  try {
    const npm = ['install', '--no-audit', '--no-fund', '--prefix', directory, `gitlab-ci-local@${version}`]
    execFileSync('npm', npm, quiet)
    execFileSync('git', ['init', '--quiet', '--initial-branch', 'main', repository], quiet)
    const git = (...args: string[]) => execFileSync('git', ['-C', repository, ...args], quiet)
    git(
      '-c',
      'user.name=A',
      '-c',
      'user.email=a@example.com',
      'commit',
      '--quiet',
      '--allow-empty',
      '--message',
      'Begin',
    )
    git('remote', 'add', 'origin', 'https://gitlab.invalid/acme/shop.git')
  } catch (error) {
    process.stdout.write(
      `\nSKIPPED the comparison: gitlab-ci-local ${version} cannot be had from npm (${String(error)})\n`,
    )
    rmSync(directory, { recursive: true, force: true })
    return null
  }
  return {
    repository,
    program: join(directory, 'node_modules', 'gitlab-ci-local', 'dist', 'index.js'),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}
