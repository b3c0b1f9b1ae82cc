/**
 * Operations as TanStack queries. A key is `[tag, operation id, input]`: live updates find what to ask again by the tag and the
 * project in the input (live/stale-keys.ts).
 */
import {
  infiniteQueryOptions,
  type QueryClient,
  queryOptions,
  type UseMutationResult,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query'
import type { ApiError, ClientPage, ItemOf, Unreachable } from '../../contract/client.ts'
import type { Operation, RequestOf, ResponseOf } from '../../contract/operation.ts'
import { client } from './client.ts'

export type ApiFailure = ApiError | Unreachable
export type ApiKey = readonly [tag: string, id: string, input: unknown]

function keyOf<O extends Operation>(operation: O, input: RequestOf<O>): ApiKey {
  return [operation.tag, operation.id, input]
}

/** For `useQuery`: the answer of one call. */
export function query<O extends Operation>(operation: O, input: RequestOf<O>) {
  return queryOptions<ResponseOf<O>, ApiFailure, ResponseOf<O>, ApiKey>({
    queryKey: keyOf(operation, input),
    queryFn: () => client.call(operation, input),
  })
}

/** For `useQuery`: every item of a list that is known to be short. */
export function queryAll<O extends Operation>(operation: O, input: RequestOf<O>) {
  return queryOptions<ItemOf<O>[], ApiFailure, ItemOf<O>[], ApiKey>({
    queryKey: keyOf(operation, { ...input, all: true }),
    queryFn: () => client.all(operation, input),
  })
}

/** For `useQuery`: one page of a list, with what is known of the others. */
export function queryPage<O extends Operation>(operation: O, input: RequestOf<O>) {
  return queryOptions<ClientPage<ItemOf<O>>, ApiFailure, ClientPage<ItemOf<O>>, ApiKey>({
    queryKey: keyOf(operation, { ...input, paged: true }),
    queryFn: () => client.page(operation, input),
  })
}

/** For `useInfiniteQuery`: a list that is read on page by page. `data.items` has everything read so far. */
export function queryList<O extends Operation>(operation: O, input: Omit<RequestOf<O>, 'page'>) {
  return infiniteQueryOptions({
    queryKey: keyOf(operation, { ...input, listed: true } as RequestOf<O>),
    queryFn: ({ pageParam }): Promise<ClientPage<ItemOf<O>>> =>
      client.page(operation, { ...input, page: pageParam } as RequestOf<O>),
    initialPageParam: 1,
    getNextPageParam: (last) => last.nextPage,
    select: (data) => ({ items: data.pages.flatMap((page) => page.items), total: data.pages[0]?.total ?? null }),
  })
}

/**
 * A write. Afterwards everything on the page is asked again: the answer to one write shows in several lists, and the live update
 * may be late or lost.
 */
export function useWrite<O extends Operation>(
  operation: O,
): UseMutationResult<ResponseOf<O>, ApiFailure, RequestOf<O>> {
  const queries: QueryClient = useQueryClient()
  return useMutation<ResponseOf<O>, ApiFailure, RequestOf<O>>({
    mutationFn: (input) => client.call(operation, input),
    onSuccess: () => queries.invalidateQueries(),
  })
}

/**
 * Sends a write and calls back, even when what sent it is gone from the page by then: a row that was deleted still has to say so.
 * A refusal is also in `write.error`.
 */
export function send<I, R>(
  write: UseMutationResult<R, ApiFailure, I>,
  input: I,
  done: (answer: R) => void,
  refused: (error: ApiFailure) => void = () => undefined,
): void {
  write.mutateAsync(input).then(done, refused)
}
