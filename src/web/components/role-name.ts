const names: Readonly<Record<number, string>> = {
  10: 'Guest',
  15: 'Planner',
  20: 'Reporter',
  30: 'Developer',
  40: 'Maintainer',
  50: 'Owner',
}

/** The role of an access level, as GitLab names it. */
export function roleName(level: number): string {
  return names[level] ?? `Access level ${level}`
}
