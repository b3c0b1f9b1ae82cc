/** A user by what a person types. */
import type { Client } from '../../../contract/client.ts'
import { getUser, listUsers } from '../../../contract/people.ts'
import { refused } from '../../failure.ts'

/** @param wanted a username, or an id with the letters `id:` before it, for a username may be all digits */
export async function findUser(
  client: Client,
  wanted: string,
): Promise<{ readonly id: number; readonly username: string }> {
  const id = /^id:([1-9]\d{0,14})$/.exec(wanted)?.[1]
  if (id !== undefined) return client.call(getUser, { id: Number(id) })
  const [user] = await client.call(listUsers, { username: wanted })
  if (user === undefined) throw refused(`There is no user ${wanted}.`)
  return user
}
