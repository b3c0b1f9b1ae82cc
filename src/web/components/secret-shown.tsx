import { Button, CopyButton, Group } from '@mantine/core'
import { type ReactNode, useEffect, useId, useRef } from 'react'
import { CodeLines } from './code-lines.tsx'
import classes from './notice.module.css'

interface SecretShownProps {
  readonly title: string
  /** What the secret is called for those who cannot see it: "Access token". */
  readonly label: string
  readonly secret: string
  readonly dismiss: () => void
  readonly children?: ReactNode
}

/** A token that the server tells this once. It takes the focus, because it must not be missed. */
export function SecretShown({ title, label, secret, dismiss, children }: SecretShownProps) {
  const id = useId()
  const box = useRef<HTMLElement>(null)
  useEffect(() => box.current?.focus(), [])
  return (
    <section ref={box} tabIndex={-1} className={classes.notice} data-tone="wait" aria-labelledby={id}>
      <p className={classes.title} id={id}>
        {title}
      </p>
      <p>The token is shown now and never again. Store it where only those who need it can read it.</p>
      <CodeLines label={label} lines={[secret]} />
      {children}
      <Group mt="sm">
        <CopyButton value={secret} timeout={1500}>
          {({ copied, copy }) => (
            <Button size="xs" onClick={copy}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
        <Button size="xs" variant="default" onClick={dismiss}>
          I have stored it
        </Button>
      </Group>
    </section>
  )
}
