import { ActionIcon, CopyButton, Tooltip } from '@mantine/core'
import { IconCheck, IconCopy, IconGitBranch, IconGitCommit, IconTag } from '@tabler/icons-react'
import classes from './commit-ref.module.css'

interface CommitRefProps {
  readonly sha: string
  readonly refName?: string
  readonly isTag?: boolean
  readonly title?: string | undefined
  /** With a button that copies the full id. */
  readonly copy?: boolean
}

export function shortSha(sha: string): string {
  return sha.slice(0, 8)
}

/** Branch or tag, commit, and the commit's title. */
export function CommitRef({ sha, refName, isTag = false, title, copy = false }: CommitRefProps) {
  const RefSign = isTag ? IconTag : IconGitBranch
  return (
    <span className={classes.commit}>
      {refName === undefined ? null : (
        <span className={classes.part}>
          <RefSign size={15} aria-label={isTag ? 'Tag' : 'Branch'} role="img" />
          <span className={classes.ref}>{refName}</span>
        </span>
      )}
      <span className={classes.part}>
        <IconGitCommit size={15} aria-label="Commit" role="img" />
        <code title={sha}>{shortSha(sha)}</code>
        {copy ? <CopySha sha={sha} /> : null}
      </span>
      {title ? <span className={classes.title}>{title}</span> : null}
    </span>
  )
}

function CopySha({ sha }: { readonly sha: string }) {
  return (
    <CopyButton value={sha} timeout={1500}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? 'Copied' : 'Copy commit id'}>
          <ActionIcon variant="subtle" color="gray" size="sm" aria-label="Copy commit id" onClick={copy}>
            {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  )
}
