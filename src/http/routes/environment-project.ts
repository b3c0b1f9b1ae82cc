/** The project that environments are shown with. */
import type { App } from '../../app/context.ts'
import type { BasicProject } from '../../contract/project-entities.ts'
import { findProjectDetails } from '../../db/project-list.ts'
import type { Actor } from '../../domain/access.ts'
import { presentBasicProject } from '../present/project.ts'

/** Throws when the project has been deleted since it was found. */
export async function projectOf(call: { readonly app: App; readonly actor: Actor }, id: number): Promise<BasicProject> {
  const details = await findProjectDetails(call.app.db, id, call.actor)
  if (!details) throw new Error(`project ${id} is gone`)
  return presentBasicProject(call.app, details)
}
