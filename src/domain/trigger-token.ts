/** Pipeline trigger tokens as people see them (GitLab docs, "Trigger pipelines with the API"). */
export const triggerTokenPrefix = 'glptt-'

/** The first four characters after the prefix: what everybody but the owner sees, and `CI_TRIGGER_SHORT_TOKEN`. */
export function shortTriggerToken(token: string): string {
  return token.replace(triggerTokenPrefix, '').slice(0, 4)
}
