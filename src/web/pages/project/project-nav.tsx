import { Link } from 'react-router'
import type { Project } from '../../../contract/project-entities.ts'
import { projectPath } from '../../paths.ts'
import classes from './project-nav.module.css'
import { projectNavigation } from './project-pages.ts'

interface ProjectNavProps {
  readonly project: Project
  /** The current one. */
  readonly section: string
}

/** The navigation of a project: beside the page, or a strip above it where there is no room. */
export function ProjectNav({ project, section }: ProjectNavProps) {
  const path = project.path_with_namespace
  return (
    <nav className={classes.nav} aria-label={`Project ${project.name}`}>
      <p className={classes.project}>
        <span className={classes.initial} aria-hidden>
          {project.name[0]?.toUpperCase()}
        </span>
        <span className={classes.name}>{project.name}</span>
      </p>
      {projectNavigation.map(({ label, entries }) => (
        <div key={label ?? ''} className={classes.group}>
          {label === null ? null : <p className={classes.label}>{label}</p>}
          <ul>
            {entries.map(({ icon: Sign, ...entry }) => (
              <li key={entry.section}>
                <Link
                  to={`${projectPath(path)}${entry.path === '' ? '' : `/-${entry.path}`}`}
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
