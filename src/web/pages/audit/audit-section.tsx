import { Button, Group } from '@mantine/core'
import { IconDownload, IconHistory } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { EmptyState, QueryState } from '../../components/page-state.tsx'
import { Pager, usePageNumber } from '../../components/pager.tsx'
import { RowList } from '../../components/row-list.tsx'
import { Section } from '../../components/section.tsx'
import { useAddressParams } from '../../components/use-address-params.ts'
import { AuditFilters } from './audit-filters.tsx'
import { AuditRow } from './audit-row.tsx'
import { type AuditPlace, type AuditQuestion, auditQuery, exportAddress } from './place.ts'

/** The record of a place, with filters; what they leave can be taken along as a file. */
export function AuditSection({ place }: { readonly place: AuditPlace }) {
  const params = useAddressParams()
  const page = usePageNumber()
  const { get, set } = params
  const question: AuditQuestion = {
    author: get('author'),
    event: get('event'),
    from: get('from'),
    to: get('to'),
    entityType: get('entity_type'),
    entityId: get('entity_id'),
  }
  const events = useQuery({ ...auditQuery(place, question, page.number), placeholderData: keepPreviousData })
  const entities = place.kind === 'instance'
  return (
    <>
      <AuditFilters params={params} entities={entities} />
      <Section
        title="Newest first"
        count={events.data?.total ?? undefined}
        actions={
          events.data ? (
            <Group gap="xs">
              <ExportLink address={exportAddress(place, question, 'csv')} label="Export CSV" />
              <ExportLink address={exportAddress(place, question, 'ndjson')} label="Export NDJSON" />
            </Group>
          ) : null
        }
      >
        <QueryState query={events} label="Audit events">
          {({ items, nextPage, total }) =>
            items.length === 0 ? (
              <EmptyState icon={IconHistory} title="Nothing on record">
                No event fits these filters.
              </EmptyState>
            ) : (
              <>
                <RowList label="Audit events">
                  {items.map((event) => (
                    <AuditRow key={event.id} event={event} entities={entities} only={set} />
                  ))}
                </RowList>
                <Pager page={page} hasNext={nextPage !== null} total={total} />
              </>
            )
          }
        </QueryState>
      </Section>
    </>
  )
}

/** A plain link: the browser saves the file as it comes, however long it is. */
function ExportLink({ address, label }: { readonly address: string; readonly label: string }) {
  return (
    <Button
      component="a"
      href={address}
      download
      variant="default"
      size="xs"
      leftSection={<IconDownload size={14} aria-hidden />}
    >
      {label}
    </Button>
  )
}
