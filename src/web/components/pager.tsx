import { Button, Group, Text } from '@mantine/core'
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import { useSearchParams } from 'react-router'

export interface PageNumber {
  readonly number: number
  readonly go: (number: number) => void
}

/** The page of a long list, kept in the address. */
export function usePageNumber(name = 'page'): PageNumber {
  const [params, setParams] = useSearchParams()
  const given = Number(params.get(name))
  const number = Number.isSafeInteger(given) && given > 0 ? given : 1
  const go = (to: number) =>
    setParams((before) => {
      const after = new URLSearchParams(before)
      if (to === 1) after.delete(name)
      else after.set(name, String(to))
      return after
    })
  return { number, go }
}

interface PagerProps {
  readonly page: PageNumber
  readonly hasNext: boolean
  /** Null: too many to count. */
  readonly total: number | null
  readonly perPage?: number
}

/** Back and forth in a long list; nothing where there is one page. */
export function Pager({ page, hasNext, total, perPage = 20 }: PagerProps) {
  const { number, go } = page
  if (number === 1 && !hasNext) return null
  const pages = total === null ? null : Math.max(Math.ceil(total / perPage), 1)
  return (
    <Group component="nav" aria-label="Pages" justify="center" gap="md" p="sm" className="pager">
      <Button
        variant="default"
        size="xs"
        disabled={number === 1}
        leftSection={<IconChevronLeft size={14} aria-hidden />}
        onClick={() => go(number - 1)}
      >
        Newer
      </Button>
      <Text size="sm">
        Page {number}
        {pages === null ? '' : ` of ${pages}`}
      </Text>
      <Button
        variant="default"
        size="xs"
        disabled={!hasNext}
        rightSection={<IconChevronRight size={14} aria-hidden />}
        onClick={() => go(number + 1)}
      >
        Older
      </Button>
    </Group>
  )
}
