import { lazy, Suspense } from 'react'
import { LoadingState } from '../../components/page-state.tsx'
import { Main } from '../../shell/main.tsx'

const GroupPage = lazy(async () => ({ default: (await import('./group-page.tsx')).GroupPage }))

/** A path that is no project: a group, or the name of a person. */
export function GroupArea({ path }: { readonly path: string }) {
  return (
    <Main>
      <Suspense fallback={<LoadingState label="Group" />}>
        <GroupPage key={path} path={path} />
      </Suspense>
    </Main>
  )
}
