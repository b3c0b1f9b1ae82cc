import type { Icon } from '@tabler/icons-react'
import { useEffect, useRef } from 'react'
import { Link } from 'react-router'
import classes from './side-nav.module.css'

export interface NavigationEntry {
  /** Pages say which section they belong to; its entry is the current one. */
  readonly section: string
  readonly label: string
  readonly icon: Icon
  /** What comes after the place's own address; empty for its home. */
  readonly path: string
}

export interface NavigationGroup {
  /** Null: without a heading. */
  readonly label: string | null
  readonly entries: readonly NavigationEntry[]
}

interface SideNavProps {
  /** What the navigation is of, for screen readers: "Project Checkout". */
  readonly label: string
  /** At its head. */
  readonly title: string
  readonly groups: readonly NavigationGroup[]
  /** The current section. */
  readonly section: string
  /** The address of an entry. */
  readonly addressOf: (path: string) => string
}

/** The navigation of a place: beside the page, or a strip above it where there is no room. */
export function SideNav({ label, title, groups, section, addressOf }: SideNavProps) {
  const nav = useRef<HTMLElement>(null)
  // Above the page it is a strip that may be wider than the screen.
  useEffect(() => {
    const strip = nav.current
    const current = strip?.querySelector<HTMLElement>('[aria-current]')
    if (strip && current && section !== '') strip.scrollLeft = current.offsetLeft - strip.clientWidth / 3
  }, [section])
  return (
    <nav className={classes.nav} aria-label={label} ref={nav}>
      <p className={classes.project}>
        <span className={classes.initial} aria-hidden>
          {title[0]?.toUpperCase()}
        </span>
        <span className={classes.name}>{title}</span>
      </p>
      {groups.map((group) => (
        <div key={group.label ?? ''} className={classes.group}>
          {group.label === null ? null : <p className={classes.label}>{group.label}</p>}
          <ul>
            {group.entries.map(({ icon: Sign, ...entry }) => (
              <li key={entry.section}>
                <Link
                  to={addressOf(entry.path)}
                  className={classes.link}
                  aria-current={entry.section === section ? 'page' : undefined}
                >
                  <Sign size={18} stroke={1.7} aria-hidden />
                  {entry.label}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  )
}
