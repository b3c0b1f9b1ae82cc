/** What a handler gets and what it answers. */
import type { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../app/context.ts'
import type { InputOf, Operation, ResponseOf } from '../contract/operation.ts'
import type { Actor } from '../domain/access.ts'
import type { Refusal } from '../domain/refusal.ts'
import type { Result } from '../domain/result.ts'
import type { Page } from './pagination.ts'

export interface Call<O extends Operation> {
  readonly app: App
  readonly input: InputOf<O>
  readonly actor: Actor | null
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** A call whose caller is known: what handlers of `auth: 'required'` operations get. */
export interface SignedInCall<O extends Operation> extends Call<O> {
  readonly actor: Actor
}

/** An answer that is not the operation's plain JSON: another status, extra headers, bytes or a stream. */
export class Raw {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer | Readable | object | null
  constructor(status: number, body: Raw['body'], headers: Readonly<Record<string, string>> = {}) {
    this.status = status
    this.body = body
    this.headers = headers
  }
}

type Body<O extends Operation> =
  ResponseOf<O> extends readonly (infer Item)[] ? ResponseOf<O> | Page<Item> : ResponseOf<O>

export type Answer<O extends Operation> = Promise<Result<Body<O> | Raw, Refusal>>

/** All that authorisation needs when it comes before the parameters are validated. */
export interface Knock {
  readonly app: App
  readonly actor: Actor | null
  /** `:id` of the path, a project or a group; empty when the path has none. */
  readonly input: { readonly id: string }
}

export interface Route {
  readonly operation: Operation
  readonly handle: (call: Call<Operation>) => Promise<Result<unknown, Refusal>>
  /**
   * Asked before the parameters are validated, where GitLab authorises in a `before` hook: a stranger then gets 404 or 403
   * whatever else is wrong with the call. A handler that needs what was found asks again.
   */
  readonly authorizeFirst?: (knock: Knock) => Promise<Result<unknown, Refusal>>
}

type RouteOptions = Pick<Route, 'authorizeFirst'>

/** Binds an operation to its handler; the types of input and answer come from the operation. */
export function implement<O extends Operation>(
  operation: O,
  handler: (call: SignedInCall<O>) => Answer<O>,
  options: RouteOptions = {},
): Route {
  // The server refuses anonymous calls of `auth: 'required'` operations before any handler runs; of others it does not.
  if (operation.auth !== 'required') throw new Error(`${operation.id} may be called by nobody: use implementOpen`)
  return { operation, handle: handler as Route['handle'], ...options }
}

/** The same for operations that anybody may call: the actor may be null. */
export function implementOpen<O extends Operation>(operation: O, handler: (call: Call<O>) => Answer<O>): Route {
  return { operation, handle: handler }
}
