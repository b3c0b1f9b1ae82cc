/** What a user may look like: the rules behind creating and changing one. */
import { displayNameProblems, namespacePathProblems } from './names.ts'

export interface UserFields {
  readonly username?: string | undefined
  readonly name?: string | undefined
  readonly email?: string | undefined
  readonly password?: string | undefined
}

/** Field → problems, only for fields that are given and have any. */
export function userProblems(fields: UserFields): Readonly<Record<string, readonly string[]>> {
  const found: [string, string[]][] = [
    ['email', fields.email === undefined ? [] : emailProblems(fields.email)],
    ['username', fields.username === undefined ? [] : namespacePathProblems(fields.username, true)],
    ['name', fields.name === undefined ? [] : displayNameProblems(fields.name)],
    ['password', fields.password === undefined ? [] : passwordProblems(fields.password)],
  ]
  return Object.fromEntries(found.filter(([, problems]) => problems.length > 0))
}

function emailProblems(email: string): string[] {
  if (email.trim() === '') return ["can't be blank"]
  return email.length <= 254 && /^[^@\s\p{Cc}]+@[^@\s\p{Cc}]+$/u.test(email) ? [] : ['is invalid']
}

/** GitLab's limits: 8 to 128 characters. */
function passwordProblems(password: string): string[] {
  if (password.length < 8) return ['is too short (minimum is 8 characters)']
  return password.length > 128 ? ['is too long (maximum is 128 characters)'] : []
}
