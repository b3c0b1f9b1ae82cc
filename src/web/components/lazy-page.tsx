import { type ComponentType, useEffect, useState } from 'react'
import { LoadingState } from './page-state.tsx'

/**
 * A page whose code is fetched when it is first shown. React's own `lazy` would do, but React holds what comes after a fallback
 * back for 300 ms, so that fallbacks do not flicker: on a fresh visit that is a third of the time until a page can be used.
 */
export function lazyPage<Props extends object>(
  load: () => Promise<{ readonly default: ComponentType<Props> }>,
): ComponentType<Props> {
  let loaded: ComponentType<Props> | null = null
  return function LazyPage(props: Props) {
    const [state, setState] = useState<{ readonly Page: ComponentType<Props> | null; readonly error?: unknown }>({
      Page: loaded,
    })
    const missing = state.Page === null
    useEffect(() => {
      if (!missing) return
      load().then(
        (code) => {
          loaded = code.default
          setState({ Page: code.default })
        },
        (error: unknown) => setState({ Page: null, error }),
      )
    }, [missing])
    // The page that tells of broken code is above.
    if (state.error !== undefined) throw state.error
    return state.Page ? <state.Page {...props} /> : <LoadingState label="Page" />
  }
}
