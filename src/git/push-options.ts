/** What `git push -o` asked of CI/CD (GitLab docs, Push options). */
export type CiPushOptions = {
  /** `ci.skip`: the push creates no pipeline. */
  readonly skip: boolean
  /** `ci.variable="KEY=value"`, in their order; a key may repeat. */
  readonly variables: readonly { readonly key: string; readonly value: string }[]
  /** `ci.input="key=value"`. */
  readonly inputs: readonly { readonly key: string; readonly value: string }[]
  /** Options that are not understood, or not well formed. */
  readonly unknown: readonly string[]
}

/** Reads the push options that concern CI/CD. */
export function parseCiPushOptions(options: readonly string[]): CiPushOptions {
  const variables: { key: string; value: string }[] = []
  const inputs: { key: string; value: string }[] = []
  const unknown: string[] = []
  let skip = false
  for (const option of options) {
    const [, name = '', key, value = ''] = /^([^=]*)(?:=([^=]*)(?:=(.*))?)?$/s.exec(option) ?? []
    const isPair = key !== undefined && key !== '' && option.length > name.length + key.length + 1
    if (option === 'ci.skip') skip = true
    else if (name === 'ci.variable' && isPair) variables.push({ key, value })
    else if (name === 'ci.input' && isPair) inputs.push({ key, value })
    else unknown.push(option)
  }
  return { skip, variables, inputs, unknown }
}
