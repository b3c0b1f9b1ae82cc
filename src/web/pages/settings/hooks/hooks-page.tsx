import { IconPlus, IconWebhook } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { queryList } from '../../../api/query.ts'
import { DialogButton } from '../../../components/dialog-button.tsx'
import { ListSection } from '../../../components/list-section.tsx'
import { EmptyState } from '../../../components/page-state.tsx'
import { SettingsHeader } from '../settings-header.tsx'
import { type SettingsPageProps, useRefusal } from '../settings-place.ts'
import { HookForm } from './hook-form.tsx'
import { HookRow } from './hook-row.tsx'
import { changingHooks, hooksOf } from './operations.ts'

/** …/settings/hooks */
export function HooksPage({ place }: SettingsPageProps) {
  const hooks = useInfiniteQuery(queryList(hooksOf(place).list, { id: place.id, per_page: 50 }))
  const refusal = useRefusal(place, changingHooks)
  return (
    <>
      <SettingsHeader
        place={place}
        title="Webhooks"
        about={`Addresses that are told what happens in this ${place.kind}, such as a deployment that waits for approval.`}
        actions={
          <DialogButton label="Add webhook" title="Add webhook" icon={IconPlus} refusal={refusal}>
            {(close) => <HookForm place={place} hook={null} close={close} />}
          </DialogButton>
        }
      />
      <ListSection title="Webhooks" list={hooks} empty={<EmptyState icon={IconWebhook} title="No webhook yet" />}>
        {(hook) => <HookRow key={hook.id} place={place} hook={hook} refusal={refusal} />}
      </ListSection>
    </>
  )
}
