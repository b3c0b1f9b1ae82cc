import { Link, matchPath, Navigate } from 'react-router'
import { PageHeader } from '../../components/page-header.tsx'
import { MissingState } from '../../components/page-state.tsx'
import classes from './settings-area.module.css'
import { settingsPages } from './settings-pages.ts'
import { type SettingsPlace, settingsPath } from './settings-place.ts'

interface SettingsAreaProps {
  readonly place: SettingsPlace
  /** Of the address, below `/-/settings`. */
  readonly rest: string
}

/** The navigation of the settings, and the page that the address names. */
export function SettingsArea({ place, rest }: SettingsAreaProps) {
  const pages = settingsPages[place.kind]
  const found = pages.find(({ path }) => matchPath(path, rest))
  const [first] = pages
  if (rest === '' && first) return <Navigate to={settingsPath(place, first.path.slice(1))} replace />
  return (
    <>
      <nav className={classes.nav} aria-label="Settings">
        <ul>
          {pages.map(({ path, label }) =>
            label === null ? null : (
              <li key={path}>
                <Link
                  to={settingsPath(place, path.slice(1))}
                  aria-current={rest === path ? 'page' : rest.startsWith(`${path}/`) ? true : undefined}
                >
                  {label}
                </Link>
              </li>
            ),
          )}
        </ul>
      </nav>
      {found ? <found.Page place={place} /> : <NoSuchPage />}
    </>
  )
}

function NoSuchPage() {
  return (
    <>
      <PageHeader title="Not found" />
      <MissingState>There are no such settings.</MissingState>
    </>
  )
}
