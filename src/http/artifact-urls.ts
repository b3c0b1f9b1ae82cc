/** Artifact addresses have paths and branch names with slashes in them, which the router takes as one part only when escaped. */

/**
 * `…/jobs/7/artifacts/dir/file` → `…/jobs/7/artifacts/dir%2Ffile`, and the same for the branch and the path of
 * `…/jobs/artifacts/feature/x/raw/dir/file` and `…/jobs/artifacts/feature/x/download`. In the last forms the branch is as long as
 * it can be, as in GitLab.
 */
export function rewriteArtifactUrl(url: string): string {
  const [path, query] = splitQuery(url)
  const rewritten = ofRef(path) ?? ofJob(path)
  return rewritten === null ? url : rewritten + query
}

function ofRef(path: string): string | null {
  const [, base = '', ref = '', rest = ''] =
    /^(\/api\/v4\/projects\/[^/]+\/jobs\/artifacts\/)(.+)\/(download|raw\/.+)$/.exec(path) ?? []
  if (base === '') return null
  const file = rest.startsWith('raw/') ? `raw/${escapeSlashes(rest.slice('raw/'.length))}` : rest
  return `${base}${escapeSlashes(ref)}/${file}`
}

function ofJob(path: string): string | null {
  const [, base = '', file = ''] = /^(\/api\/v4\/projects\/[^/]+\/jobs\/\d+\/artifacts\/)(.+)$/.exec(path) ?? []
  return base === '' ? null : `${base}${escapeSlashes(file)}`
}

function splitQuery(url: string): [string, string] {
  const at = url.indexOf('?')
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at)]
}

function escapeSlashes(text: string): string {
  return text.replaceAll('/', '%2F')
}
