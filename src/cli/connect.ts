/** The typed client of the API, as the commands use it. */
import {
  type Client,
  type ClientResponse,
  fetchTransport,
  makeClient,
  type Transport,
  Unreachable,
} from '../contract/client.ts'
import { version } from '../version.ts'
import { type Credentials, currentCredentials } from './credentials.ts'

/** No call of a command is held by the server, so this is long. Milliseconds. */
const answerLimit = 60_000

export interface Connection {
  readonly url: string
  readonly client: Client
}

/** To the server of the environment or of `countersign login`. */
export async function connect(): Promise<Connection> {
  return connectTo(await currentCredentials())
}

export function connectTo({ url, token }: Credentials): Connection {
  return { url, client: makeClient(transportTo(url, token)) }
}

/** Without a user: for what a runner does with its own token. */
export function connectAnonymously(url: string): Client {
  return makeClient(transportTo(url, null))
}

/** Reads every answer to its end, so that an answer that breaks off or is somebody else's page is told apart from a refusal. */
function transportTo(baseUrl: string, token: string | null): Transport {
  return async (request) => {
    const signal = AbortSignal.timeout(answerLimit)
    try {
      // A redirect may lead to another server, which the token is not for.
      const options = { baseUrl, signal, redirect: 'error', headers: { 'user-agent': agent } } as const
      const send = fetchTransport(token === null ? options : { ...options, token })
      return await complete(await send(request), baseUrl)
    } catch (error) {
      if (error instanceof Unreachable) throw error
      const reason = signal.aborted ? `no answer within ${answerLimit / 1000} s` : 'the connection broke off'
      throw new Unreachable(`Cannot reach ${baseUrl}: ${reason}.`, { cause: error })
    }
  }
}

const agent = `countersign-cli/${version}`

async function complete(response: ClientResponse, baseUrl: string): Promise<ClientResponse> {
  const { status, headers } = response
  const bytes = await response.arrayBuffer()
  const json = headers.get('content-type')?.startsWith('application/json') ?? false
  if (bytes.byteLength > 0 && !json) {
    throw new Unreachable(`${baseUrl} answered ${status} with something that is not the API: is that the server's URL?`)
  }
  const text = new TextDecoder().decode(bytes)
  return { status, headers, text: () => Promise.resolve(text), arrayBuffer: () => Promise.resolve(bytes) }
}
