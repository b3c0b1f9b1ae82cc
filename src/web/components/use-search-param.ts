import { useDebouncedCallback } from '@mantine/hooks'
import { useEffect, useState } from 'react'
import { useSearchParams } from 'react-router'

/** A parameter of the page's address that somebody types: the box follows at once, the address (and what is asked) when they pause. */
export function useSearchParam(name: string) {
  const [params, setParams] = useSearchParams()
  const value = params.get(name) ?? ''
  const [typed, setTyped] = useState(value)
  // Going back changes the address without typing.
  useEffect(() => setTyped(value), [value])
  const settle = useDebouncedCallback((text: string) => {
    setParams(
      (before) => {
        const after = new URLSearchParams(before)
        if (text === '') after.delete(name)
        else after.set(name, text)
        return after
      },
      { replace: true, preventScrollReset: true },
    )
  }, 250)
  const type = (text: string) => {
    setTyped(text)
    settle(text)
  }
  return { value, typed, type }
}
