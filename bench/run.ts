/** `npm run bench [name…]`: every benchmark, or the named ones. Each prints ratios or medians of one run as a table. */
const benches: Readonly<Record<string, () => Promise<{ run(): Promise<void> }>>> = {
  votes: () => import('./votes.ts'),
  'hand-over': () => import('./hand-over.ts'),
  listing: () => import('./listing.ts'),
  pages: () => import('./pages.ts'),
  start: () => import('./start.ts'),
  'ci-plan': () => import('./ci-plan.ts'),
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in benches))
if (unknown.length > 0) {
  process.stderr.write(`No benchmark ${unknown.join(', ')}. There are: ${Object.keys(benches).join(', ')}\n`)
  process.exit(2)
}
for (const [name, load] of Object.entries(benches)) {
  if (wanted.length === 0 || wanted.includes(name)) await (await load()).run()
}
