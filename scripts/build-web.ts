/**
 * Builds the pages into dist/web: `index.html`, and `assets/` served at /-/assets/ with a .br and a .gz beside each file.
 * `--if-stale` builds only when a source is newer than what was built; test/helpers/pages.ts and bin/run.mjs use that.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const root = join(import.meta.dirname, '..')
const target = join(root, 'dist', 'web')
const stampFile = join(target, 'sources.sha256')
/** What ends up in the pages. */
const sources = ['src/web', 'src/contract', 'src/domain', 'package-lock.json', 'scripts/build-web.ts']

/** JavaScript of the first visit of the inbox, compressed, in bytes (issue "The web application"). */
export const inboxBudget = 250_000

interface Built {
  readonly file: string
  readonly imports?: readonly string[]
  readonly css?: readonly string[]
}
type Manifest = Readonly<Record<string, Built>>

/** Builds unless what is there was made from these very sources. Answers whether it built. */
export async function buildWebIfStale(): Promise<boolean> {
  const stamp = await sourcesHash()
  if (existsSync(stampFile) && (await readFile(stampFile, 'utf8')) === stamp) return false
  await buildWeb(stamp)
  return true
}

async function buildWeb(stamp: string): Promise<void> {
  const [{ build }, { default: react }] = await Promise.all([import('vite'), import('@vitejs/plugin-react')])
  // Built aside and put in place at once: a running server never sees half of it.
  const aside = join(root, 'dist', `web-${process.pid}`)
  // Vite takes React's development build over from a test run's environment, and the stamp would keep it.
  const environment = process.env['NODE_ENV']
  process.env['NODE_ENV'] = 'production'
  try {
    await build({
      root: join(root, 'src', 'web'),
      base: '/-/',
      configFile: false,
      logLevel: 'warn',
      plugins: [react()],
      build: {
        outDir: aside,
        emptyOutDir: true,
        assetsDir: 'assets',
        assetsInlineLimit: 0,
        manifest: 'manifest.json',
        modulePreload: { polyfill: false },
        reportCompressedSize: false,
        chunkSizeWarningLimit: 1_000,
      },
    })
    await compressAll(join(aside, 'assets'))
    await writeFile(join(aside, 'sources.sha256'), stamp)
    await rm(target, { recursive: true, force: true })
    await rename(aside, target)
  } finally {
    if (environment === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = environment
    await rm(aside, { recursive: true, force: true })
  }
}

const compressed = /\.(?:js|css|svg|json)$/

async function compressAll(folder: string): Promise<void> {
  const [br, gz] = [promisify(brotliCompress), promisify(gzip)]
  for (const name of await readdir(folder)) {
    if (!compressed.test(name)) continue
    const path = join(folder, name)
    const content = await readFile(path)
    await writeFile(`${path}.br`, await br(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }))
    await writeFile(`${path}.gz`, await gz(content, { level: 9 }))
  }
}

/** One hash of the paths and contents of all sources. */
async function sourcesHash(): Promise<string> {
  const hash = createHash('sha256')
  for (const source of sources) {
    for (const path of (await filesBelow(join(root, source))).sort()) {
      hash.update(`${relative(root, path)}\0`).update(await readFile(path))
    }
  }
  return hash.digest('hex')
}

async function filesBelow(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch(() => null)
  if (entries === null) return [path]
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

export interface Weight {
  readonly br: number
  readonly gz: number
}

/** JavaScript of the first visit of a page: what the entry needs, and what the page's own code needs. In bytes. */
export async function firstVisit(page: string): Promise<Weight> {
  const manifest = JSON.parse(await readFile(join(target, 'manifest.json'), 'utf8')) as Manifest
  const files = new Set<string>()
  const walk = (key: string) => {
    const built = manifest[key]
    if (!built) throw new Error(`${key} is not in the manifest`)
    if (files.has(built.file)) return
    files.add(built.file)
    for (const each of built.imports ?? []) walk(each)
  }
  walk('index.html')
  walk(page)
  const size = async (ending: string) => {
    const sizes = [...files].map(async (file) => (await readFile(join(target, `${file}.${ending}`))).length)
    return (await Promise.all(sizes)).reduce((sum, one) => sum + one, 0)
  }
  return { br: await size('br'), gz: await size('gz') }
}

if (import.meta.main) {
  await mkdir(join(root, 'dist'), { recursive: true })
  const built = process.argv.includes('--if-stale')
    ? await buildWebIfStale()
    : await buildWeb(await sourcesHash()).then(() => true)
  if (built) {
    const { br, gz } = await firstVisit('pages/inbox/inbox-page.tsx')
    const kb = (bytes: number) => `${(bytes / 1000).toFixed(0)} kB`
    process.stderr.write(
      `Built the pages; the first visit of the inbox takes ${kb(br)} of JavaScript (gzip ${kb(gz)})\n`,
    )
  }
}
