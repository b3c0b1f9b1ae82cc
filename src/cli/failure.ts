/** How a command ends when it does not do what it was asked: one sentence, and an exit status that scripts can tell apart. */

export const exitStatus = { done: 0, refused: 1, usage: 2, unreachable: 3 } as const
export type FailureStatus = Exclude<(typeof exitStatus)[keyof typeof exitStatus], 0>

/** Thrown by a command; its message is the whole of what is printed. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
  readonly status: FailureStatus

  constructor(status: FailureStatus, message: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}

/** The server, or the command itself, says no. */
export function refused(message: string, options?: ErrorOptions): CommandFailure {
  return new CommandFailure(exitStatus.refused, message, options)
}

/** The command was called in a way that cannot work. */
export function wrongUsage(message: string, options?: ErrorOptions): CommandFailure {
  return new CommandFailure(exitStatus.usage, message, options)
}

/** The server, or the database, could not be asked. */
export function unreachable(message: string, options?: ErrorOptions): CommandFailure {
  return new CommandFailure(exitStatus.unreachable, message, options)
}

/** What a command's error means for its caller; null when nobody expected it. */
export function failureOf(error: unknown): { readonly status: FailureStatus; readonly message: string } | null {
  if (!(error instanceof Error)) return null
  if (error instanceof CommandFailure) return error
  // By name: the classes live beside the typed client, which commands without a server need not load.
  if (error.name === 'Unreachable') return { status: exitStatus.unreachable, message: error.message }
  if (error.name === 'ApiError' && 'status' in error && typeof error.status === 'number') {
    return apiFailure(error.status, error.message)
  }
  // What the file system refuses (rights, space, a missing directory) is for whoever called to mend.
  if ('syscall' in error) return { status: exitStatus.refused, message: `${error.message}.` }
  return null
}

/** A server that fails has decided nothing, so it counts as unreachable. */
function apiFailure(status: number, message: string): { status: FailureStatus; message: string } {
  if (status >= 500) return { status: exitStatus.unreachable, message: `The server failed: ${message}` }
  if (status === 401) {
    return { status: exitStatus.refused, message: `${message}: the token is not valid here. Run countersign login.` }
  }
  return { status: exitStatus.refused, message }
}
