/** The people of the pictures, each with an account and a client of the API that speaks as them. */
import { createUserAccessToken } from '../../src/contract/access-tokens.ts'
import { type Client, fetchTransport, makeClient } from '../../src/contract/client.ts'
import { createUser } from '../../src/contract/people.ts'

export interface Person {
  readonly id: number
  readonly username: string
  readonly name: string
  readonly client: Client
}

const names = {
  maya: 'Maya Lindqvist',
  tomas: 'Tomás Herrera',
  lena: 'Lena Novak',
  priya: 'Priya Raman',
  jonas: 'Jonas Weber',
  amara: 'Amara Okafor',
} as const

export type Cast = Readonly<Record<keyof typeof names, Person>>

export function clientOf(url: string, token: string): Client {
  return makeClient(fetchTransport({ baseUrl: url, token }))
}

/** One after the other, so that their ids are the same every time. */
export async function makePeople(url: string, root: Client, password: string): Promise<Cast> {
  const cast: Record<string, Person> = {}
  for (const [username, name] of Object.entries(names)) {
    const email = `${username}@storefront.example`
    const { id } = await root.call(createUser, { username, name, email, password, skip_confirmation: true })
    const { token } = await root.call(createUserAccessToken, { user_id: id, name: 'laptop', scopes: ['api'] })
    cast[username] = { id, username, name, client: clientOf(url, token) }
  }
  return cast as Cast
}
