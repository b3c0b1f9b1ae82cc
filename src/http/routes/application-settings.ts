/** Application Settings API. */
import { changeSettings } from '../../app/change-settings.ts'
import { givenSettings } from '../../app/project-settings.ts'
import { getApplicationSettings, updateApplicationSettings } from '../../contract/application-settings.ts'
import { readSettings, type Settings } from '../../db/settings.ts'
import { err, ok } from '../../domain/result.ts'
import { throttleProblems } from '../../domain/throttle.ts'
import { implement, type Route } from '../call.ts'
import { forAdministrators } from '../find.ts'

export const applicationSettingRoutes: Route[] = [
  implement(getApplicationSettings, async ({ app, actor }) => {
    const refusal = forAdministrators(actor)
    return refusal ? err(refusal) : ok(present(await readSettings(app.db)))
  }),

  implement(updateApplicationSettings, async ({ app, actor, input }) => {
    const refusal = forAdministrators(actor)
    if (refusal) return err(refusal)
    const changes = givenSettings(input)
    const errors = throttleProblems(changes)
    if (Object.keys(errors).length > 0) return err({ code: 'invalid', errors })
    return ok(present(await changeSettings(app, actor, changes)))
  }),
]

function present(settings: Settings) {
  return { ...settings, outbound_local_requests_whitelist: [...settings.outbound_local_requests_whitelist] }
}
