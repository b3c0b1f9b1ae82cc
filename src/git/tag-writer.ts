import { cleanSignature, type Signature } from './commit-writer.ts'
import { runGit } from './git-process.ts'
import { isSha, newRefProblem } from './ref-name.ts'
import type { Repository } from './repository-store.ts'

/**
 * Stores an annotated tag of a commit and returns its id. It is not a ref yet: see `createRef`.
 *
 * @throws TypeError when the name is not one a tag may have, or the commit is not a full id.
 */
export async function writeTag(
  repo: Repository,
  tag: { readonly name: string; readonly commit: string; readonly tagger: Signature; readonly message: string },
): Promise<string> {
  if (newRefProblem({ type: 'tag', name: tag.name }) || !isSha(tag.commit)) throw new TypeError('Not a tag')
  const { name, email, seconds } = cleanSignature(tag.tagger)
  const head = `object ${tag.commit}\ntype commit\ntag ${tag.name}\ntagger ${name} <${email}> ${seconds} +0000\n`
  const message = tag.message.replaceAll('\0', '').trimEnd()
  const { stdout } = await runGit(repo, ['mktag'], { input: `${head}\n${message}\n` })
  return stdout.toString('latin1').trim()
}
