import { type Icon, IconBuilding, IconLock, IconWorld } from '@tabler/icons-react'

type Level = 'private' | 'internal' | 'public'

const signs: Readonly<Record<Level, readonly [Icon, string]>> = {
  private: [IconLock, 'Private: only its members see it'],
  internal: [IconBuilding, 'Internal: everybody who is signed in sees it'],
  public: [IconWorld, 'Public: everybody sees it'],
}

/** Who sees a project or group, as a sign. */
export function Visibility({ level }: { readonly level: Level }) {
  const [Sign, meaning] = signs[level]
  return (
    <span role="img" aria-label={meaning} title={meaning} className="dimmed-icon">
      <Sign size={16} stroke={1.7} aria-hidden />
    </span>
  )
}
