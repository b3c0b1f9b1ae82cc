/** How the next job of a resource group is picked (GitLab docs, "Process modes"). */

export const processModes = ['unordered', 'oldest_first', 'newest_first', 'newest_ready_first'] as const
export type ProcessMode = (typeof processModes)[number]
