/** A receiver of webhooks on loopback that keeps what it gets and answers as it is told; `/status/404` answers with 404. */
import { createServer, type IncomingHttpHeaders } from 'node:http'

export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly body: Body
}

/** Whatever a test looks for in a body of JSON. */
// oxlint-disable-next-line typescript/no-explicit-any -- bodies have many shapes, and a test says which it expects
type Body = any

export interface HookReceiver {
  readonly url: string
  readonly requests: Received[]
  /** What is answered from now on; `hang` never answers. */
  answer: { status: number; body?: string; headers?: Record<string, string> } | 'hang'
  stop(): Promise<void>
}

export async function aReceiver(): Promise<HookReceiver> {
  const requests: Received[] = []
  const server = createServer((request, reply) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8')
      requests.push({
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        text,
        body: text === '' ? null : JSON.parse(text),
      })
      const status = /^\/status\/(\d+)/.exec(request.url ?? '')?.[1]
      const answer = status === undefined ? receiver.answer : { status: Number(status) }
      if (answer !== 'hang')
        reply
          .writeHead(answer.status, 'headers' in answer ? answer.headers : {})
          .end('body' in answer ? answer.body : 'thanks')
    })
  })
  const url = await new Promise<string>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`)
    })
  })
  const receiver: HookReceiver = {
    url,
    requests,
    answer: { status: 200 },
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return receiver
}
