/** Calls what others registered. An error of theirs becomes a process warning, because the caller's own work is already done. */
export function callSafely(callback: () => void): void {
  try {
    callback()
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error))
  }
}
