/** Finding a Chromium that runs on this machine. */
import { spawnSync } from 'node:child_process'
import { constants, existsSync } from 'node:fs'
import { access, mkdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliDecompress } from 'node:zlib'
import { type Browser, chromium } from 'playwright-core'
import { withFileLock } from './file-lock.ts'

/** Not the package's own list: its `--single-process` ends the browser with the first context. */
const args = ['--no-sandbox', '--headless=shell', '--no-zygote', '--disable-dev-shm-usage']

interface Executable {
  readonly path: string
  /** Where the system libraries are that this machine lacks; null: it has them. */
  readonly libraries: string | null
}

/** The browser of CHROMIUM_PATH, or the one of the npm package, which runs on Linux x64. Throws when neither runs. */
export async function launchChromium(): Promise<Browser> {
  const { path, libraries } = await executable()
  return chromium.launch({ executablePath: path, args, env: environment(libraries) })
}

/** Why no browser can run here, in a sentence; null: one can. */
export async function chromiumProblem(): Promise<string | null> {
  return executable().then(
    () => null,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
}

let found: Promise<Executable> | undefined

function executable(): Promise<Executable> {
  return (found ??= find())
}

async function find(): Promise<Executable> {
  const given = process.env['CHROMIUM_PATH']
  if (given) {
    await access(given, constants.X_OK)
    return { path: given, libraries: null }
  }
  // Other people on this machine have a place of their own.
  const folder = join(tmpdir(), `countersign-chromium-${process.getuid?.() ?? 0}`)
  await mkdir(folder, { recursive: true })
  return withFileLock(join(folder, 'lock'), async () => {
    const path = await unpackBrowser(folder)
    if (runs(path, null)) return { path, libraries: null }
    const libraries = await unpackLibraries(folder)
    if (runs(path, libraries)) return { path, libraries }
    throw new Error(`${path} does not run on this machine; CHROMIUM_PATH may name another browser`)
  })
}

function runs(path: string, libraries: string | null): boolean {
  return spawnSync(path, ['--version'], { env: environment(libraries), stdio: 'ignore' }).status === 0
}

/** The package unpacks into the temporary directory, under a name that all its users share. */
async function unpackBrowser(folder: string): Promise<string> {
  const { default: packaged } = await import('@sparticuz/chromium')
  const usual = process.env['TMPDIR']
  process.env['TMPDIR'] = folder
  try {
    return await packaged.executablePath()
  } finally {
    if (usual === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = usual
  }
}

/** NSS and the like, which small installations lack. The package brings them, but uses them by itself only on Lambda. */
async function unpackLibraries(folder: string): Promise<string> {
  const libraries = join(folder, 'lib')
  if (existsSync(join(libraries, 'libnss3.so'))) return libraries
  const modules = join(import.meta.dirname, '..', '..', 'node_modules')
  const archive = await readFile(join(modules, '@sparticuz', 'chromium', 'bin', 'al2023.tar.br'))
  spawnSync('tar', ['-x', '-C', folder], { input: await promisify(brotliDecompress)(archive) })
  return libraries
}

function environment(libraries: string | null): Record<string, string> {
  const own = Object.entries(process.env).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value] as const],
  )
  return { ...Object.fromEntries(own), ...(libraries === null ? {} : { LD_LIBRARY_PATH: libraries }) }
}
