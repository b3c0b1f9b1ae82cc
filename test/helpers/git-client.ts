/** What clients of git send, by hand where the git program would not do it. */
import { readFile, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { flushPkt, pktLine } from '../../src/git/pkt-line.ts'
import { zeroSha } from '../../src/git/ref-name.ts'
import { git } from '../git/git-fixtures.ts'
import type { TestServer } from './server.ts'

type Addressed = { readonly full_path: string }

/** Headers of Basic authentication. */
export function basic(user: string, password: string): { readonly authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
}

/** The address of a project, with credentials when there are any. */
export function remoteOf(server: TestServer, project: Addressed, token?: string, user = 'anyone'): string {
  const base = token === undefined ? server.url : server.url.replace('://', `://${user}:${token}@`)
  return `${base}/${project.full_path}.git`
}

/**
 * Begins to push a new ref, all but the last `keep` bytes of the pack; `rest` is what is missing. The server is told to expect one
 * byte more, so for it the request is never complete.
 */
export async function startPush(
  server: Pick<TestServer, 'url'>,
  push: {
    readonly project: Addressed
    readonly token: string
    readonly work: string
    readonly sha: string
    readonly ref: string
    readonly keep: number
  },
): Promise<Socket & { readonly rest: Buffer }> {
  const head = Buffer.concat([pktLine(`${zeroSha} ${push.sha} ${push.ref}\0 report-status`), flushPkt])
  const body = Buffer.concat([head, await packOf(push.work, push.sha)])
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  socket.on('error', () => {})
  socket.write(
    `POST /${push.project.full_path}.git/git-receive-pack HTTP/1.1\r\nHost: x\r\n` +
      `Content-Length: ${body.length + 1}\r\nAuthorization: ${basic('anyone', push.token).authorization}\r\n\r\n`,
  )
  socket.write(body.subarray(0, body.length - push.keep))
  return Object.assign(socket, { rest: body.subarray(body.length - push.keep) })
}

/** Everything a commit consists of, as git would send it. */
async function packOf(work: string, sha: string): Promise<Buffer> {
  const base = join(work, 'to-send')
  await writeFile(`${base}.txt`, `${sha}\n`)
  const hash = await git(work, ['-c', `alias.send=!git pack-objects -q --revs '${base}' <'${base}.txt'`, 'send'])
  return readFile(`${base}-${hash}.pack`)
}
