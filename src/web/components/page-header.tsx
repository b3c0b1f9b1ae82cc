import { Breadcrumbs, Group, Stack, Title } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'
import { NavigationType, useLocation, useNavigationType } from 'react-router'
import { AppLink } from './app-link.tsx'
import { usePageTitle } from './use-page-title.ts'

export interface Crumb {
  readonly label: string
  readonly to: string
}

interface PageHeaderProps {
  readonly title: string
  /** In the browser's title, when the heading alone does not say enough. */
  readonly documentTitle?: string
  readonly crumbs?: readonly Crumb[]
  /** Beside the heading: a status. */
  readonly beside?: ReactNode
  /** Buttons, on the right. */
  readonly actions?: ReactNode
  readonly children?: ReactNode
}

let landed = ''

/** Heading, title and place of a page. After a navigation the heading takes the focus, so that a screen reader reads on from it. */
export function PageHeader({ title, documentTitle, crumbs, beside, actions, children }: PageHeaderProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  const { pathname } = useLocation()
  const navigation = useNavigationType()
  usePageTitle(documentTitle ?? title)
  useEffect(() => {
    const first = landed === ''
    const moved = landed !== pathname
    landed = pathname
    // The first page begins at the top, where the browser already is.
    if (moved && !first) heading.current?.focus({ preventScroll: navigation === NavigationType.Pop })
  }, [pathname, navigation])
  return (
    <Stack gap="xs" mb="lg">
      {crumbs && crumbs.length > 0 ? (
        <nav aria-label="Breadcrumbs">
          <Breadcrumbs separatorMargin={6}>
            {crumbs.map(({ label, to }) => (
              <AppLink key={to} to={to} size="sm">
                {label}
              </AppLink>
            ))}
          </Breadcrumbs>
        </nav>
      ) : null}
      <Group justify="space-between" align="center" gap="sm">
        <Group gap="sm" align="center" miw={0}>
          <Title order={1} size="h2" ref={heading} tabIndex={-1} id="page-heading">
            {title}
          </Title>
          {beside}
        </Group>
        {actions ? <Group gap="xs">{actions}</Group> : null}
      </Group>
      {children}
    </Stack>
  )
}
