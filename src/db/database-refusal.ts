/** Why a database cannot be used; the message is one sentence for whoever starts the server. */
export type DatabaseRefusalCode =
  | 'data_dir_in_use'
  | 'data_dir_unreachable'
  | 'no_embedded_postgres'
  | 'cluster_version'
  | 'start_failed'
  | 'unreachable'
  | 'server_version'
  | 'newer_schema'
  | 'changed_migration'
  | 'invalid_migrations'
  | 'not_empty'
  | 'schema_version'
  | 'invalid_backup'
  | 'restore_under_way'

/**
 * A database that cannot be opened, migrated or restored for a reason an operator can act on. Thrown, because nothing can go on
 * without a database; the command line prints `message` alone, without a stack.
 */
export class DatabaseRefusal extends Error {
  override readonly name = 'DatabaseRefusal'
  readonly code: DatabaseRefusalCode

  constructor(code: DatabaseRefusalCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
