/** The mark: a signature, and the one that countersigns it. */
export function BrandSign({ size = 28 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden focusable="false">
      <rect width="32" height="32" rx="7" fill="#3b4cca" />
      <g fill="none" stroke="#fff" strokeWidth="3.4" strokeLinecap="round" strokeLinejoin="round">
        <path d="M6.5 17.5l5 5L20 11" />
        <path d="M16.5 21l1.7 1.7L26.5 12" strokeOpacity=".62" />
      </g>
    </svg>
  )
}
