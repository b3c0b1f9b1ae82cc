import { execFile } from 'node:child_process'
import { readFileSync, writeSync } from 'node:fs'
import { type FileHandle, lstat, open } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { FileHelperRequest, FileHelperResult } from './file-helper-protocol.ts'
import { listFiles } from './file-list.ts'
import { extractZip } from './zip-extract.ts'
import { writeZip } from './zip-writer.ts'

/*
 * The program that touches job files for artifacts and caches. It is a process of its own because it must run under the job's
 * account: a link that a job planted must lead nowhere the job could not go itself. It starts under the runner's account, since
 * a job account may not be able to read the runner's program or its private archives, and drops before it looks at job files.
 */
await main()

async function main(): Promise<void> {
  const request = JSON.parse(readFileSync(0, 'utf8')) as FileHelperRequest
  const archive = await open(request.archive, request.action === 'pack' ? 'wx' : 'r', 0o600)
  if (request.account !== null) dropTo(request.account.uid, request.account.gid)
  process.umask(0o022)
  const notes: string[] = []
  const result = await perform(request, archive, notes).then(
    (count): FileHelperResult => ({ ok: true, count, notes }),
    (error: Error): FileHelperResult => ({ ok: false, problem: error.message, notes }),
  )
  await archive.close()
  writeSync(1, JSON.stringify(result))
}

function dropTo(uid: number, gid: number): void {
  process.setgroups?.([])
  process.setgid?.(gid)
  process.setuid?.(uid)
  if (process.geteuid?.() !== uid || process.getegid?.() !== gid) throw new Error('could not drop to the job account')
}

async function perform(request: FileHelperRequest, archive: FileHandle, notes: string[]): Promise<number> {
  if (request.action === 'unpack') {
    const unpacked = await extractZip(archive, request.root)
    notes.push(...unpacked.notes)
    return unpacked.count
  }
  const untracked = request.untracked ? await untrackedFiles(request.root) : null
  const list = await listFiles(request.root, request.paths, request.exclude, untracked)
  notes.push(...list.notes)
  if (list.paths.length === 0) return 0
  if (request.format === 'zip') return writeZip(archive.fd, request.root, list.paths)
  const files = await regularFiles(request.root, list.paths)
  if (request.format === 'gzip') return writeGzip(archive, request.root, files)
  if (files.length > 1) throw new Error(`only one file can be uploaded raw, but ${files.length} match`)
  for (const file of files) await copy(join(request.root, file), archive)
  return files.length
}

function untrackedFiles(root: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    execFile('git', ['ls-files', '--others', '-z'], { cwd: root, maxBuffer: 256 * 1024 * 1024 }, (error, stdout) => {
      if (error === null) resolve(stdout.split('\0').filter((path) => path !== ''))
      else reject(new Error(`git could not list untracked files: ${error.message}`))
    })
  })
}

async function regularFiles(root: string, paths: readonly string[]): Promise<string[]> {
  const files: string[] = []
  for (const path of paths) if ((await lstat(join(root, path))).isFile()) files.push(path)
  return files
}

async function writeGzip(archive: FileHandle, root: string, files: readonly string[]): Promise<number> {
  for (const file of files) {
    const source = await open(join(root, file))
    await pipeline(source.createReadStream(), createGzip(), appendTo(archive))
  }
  return files.length
}

async function copy(file: string, archive: FileHandle): Promise<void> {
  const source = await open(file)
  await pipeline(source.createReadStream(), appendTo(archive))
}

function appendTo(archive: FileHandle) {
  return async (pieces: AsyncIterable<Buffer>): Promise<void> => {
    for await (const piece of pieces) await archive.writeFile(piece)
  }
}
