/** Stored CI/CD variables in the form and order `ci/` wants. */
import { orderStored } from '../ci/environment-scope.ts'
import type { ScopedVariable } from '../ci/types.ts'
import type { Db } from '../db/open.ts'
import { type StoredVariableRow, storedVariablesFor } from '../db/stored-variables.ts'

/** Instance, groups from the outermost, project: lowest precedence first (reference B1, B3). */
export async function storedVariables(
  db: Db,
  projectId: number,
  refProtected: boolean,
): Promise<readonly ScopedVariable[]> {
  const rows = await storedVariablesFor(db, projectId, refProtected)
  const levels = Map.groupBy(rows, (row) => row.level)
  return orderStored([...levels.values()].map((level) => level.map(scoped)))
}

function scoped(row: StoredVariableRow): ScopedVariable {
  return {
    key: row.key,
    value: row.value,
    public: false,
    masked: row.masked,
    file: row.file,
    raw: row.raw,
    environmentScope: row.environment_scope,
  }
}
