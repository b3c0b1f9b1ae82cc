import classes from './code-lines.module.css'

/** Lines of a script or file, as they are. */
export function CodeLines({ label, lines }: { readonly label: string; readonly lines: readonly string[] }) {
  return (
    // A region that scrolls must be reachable with the keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre className={classes.code} role="region" aria-label={label} tabIndex={0}>
      <code>{lines.join('\n')}</code>
    </pre>
  )
}

const kinds: Readonly<Record<string, string | undefined>> = {
  '+': classes.added,
  '-': classes.removed,
  '@': classes.place,
}

/** A unified diff, coloured. The signs stay, so that colour is not all that tells. */
export function DiffLines({ label, diff }: { readonly label: string; readonly diff: string }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre className={classes.code} role="region" aria-label={label} tabIndex={0}>
      <code className={classes.diff}>
        {diff.split('\n').map((line, index) => (
          // Lines of a diff never move.
          // oxlint-disable-next-line react/no-array-index-key
          <span key={index} className={kinds[line[0] ?? ''] ?? classes.same}>
            {line === '' ? ' ' : line}
          </span>
        ))}
      </code>
    </pre>
  )
}
