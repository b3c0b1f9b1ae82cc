import type { UserBasic } from '../../contract/entities.ts'
import { AppLink } from './app-link.tsx'
import classes from './person-link.module.css'

type Person = Pick<UserBasic, 'id' | 'name' | 'username'>

/** A person by name, with their initials and a link to their page. */
export function PersonLink({ person }: { readonly person: Person }) {
  return (
    <span className={classes.person}>
      <PersonSign name={person.name} />
      <AppLink to={`/${person.username}`} title={`@${person.username}`} c="inherit" inherit>
        {person.name}
      </AppLink>
    </span>
  )
}

/** Initials in a circle. */
export function PersonSign({ name }: { readonly name: string }) {
  const words = name.split(/\s+/).filter(Boolean)
  const initials = `${words[0]?.[0] ?? '?'}${words.length > 1 ? (words.at(-1)?.[0] ?? '') : ''}`
  return (
    // Drawn by the style sheet: as text it would be part of what a button shows and not of what it is called.
    <span className={classes.sign} aria-hidden data-initials={initials.toUpperCase()} />
  )
}
