import type { Project } from '../../../contract/project-entities.ts'
import { projectPath } from '../../paths.ts'
import { SideNav } from '../../shell/side-nav.tsx'
import { projectNavigation } from './project-pages.ts'

interface ProjectNavProps {
  readonly project: Project
  /** The current one. */
  readonly section: string
}

/** The navigation of a project. */
export function ProjectNav({ project, section }: ProjectNavProps) {
  const home = projectPath(project.path_with_namespace)
  return (
    <SideNav
      label={`Project ${project.name}`}
      title={project.name}
      groups={projectNavigation}
      section={section}
      addressOf={(path) => (path === '' ? home : `${home}/-${path}`)}
    />
  )
}
