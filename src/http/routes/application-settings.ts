/** Application Settings API. */
import { changeSettings } from '../../app/change-settings.ts'
import { getApplicationSettings, updateApplicationSettings } from '../../contract/application-settings.ts'
import { readSettings } from '../../db/settings.ts'
import { err, ok } from '../../domain/result.ts'
import { implement, type Route } from '../call.ts'
import { forAdministrators } from '../find.ts'

export const applicationSettingRoutes: Route[] = [
  implement(getApplicationSettings, async ({ app, actor }) => {
    const refusal = forAdministrators(actor)
    return refusal ? err(refusal) : ok(await readSettings(app.db))
  }),

  implement(updateApplicationSettings, async ({ app, actor, input }) => {
    const refusal = forAdministrators(actor)
    if (refusal) return err(refusal)
    const { allow_runner_registration_token: allowed } = input
    return ok(
      await changeSettings(app, actor, allowed === undefined ? {} : { allow_runner_registration_token: allowed }),
    )
  }),
]
