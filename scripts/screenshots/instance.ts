/** A server with the world of the pictures, on an embedded database of its own. */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serve } from '../../src/cli/serve.ts'
import { readConfig } from '../../src/config.ts'
import { startEmbedded } from '../../src/db/embedded.ts'
import { closeDatabase, openDatabase } from '../../src/db/open.ts'
import { embeddedUrl } from '../../src/db/target.ts'
import { createLog } from '../../src/log.ts'
import { addHistory, makePast } from './past.ts'
import { type Cast, clientOf, makePeople } from './people.ts'
import { makePlaces, type Places } from './places.ts'
import { playStory, type Story } from './story.ts'

export const password = 'countersign-pictures'

export interface Instance {
  readonly url: string
  readonly cast: Cast
  readonly places: Places
  readonly story: Story
  stop(): Promise<void>
}

export async function startInstance(port: number): Promise<Instance> {
  const scratch = await mkdtemp(join(tmpdir(), 'countersign-pictures-'))
  // The jobs' account passes through.
  await chmod(scratch, 0o711)
  const embedded = await startEmbedded(scratch)
  const databaseUrl = embeddedUrl(embedded.connection)
  const rootToken = 'glpat-root-of-the-pictures'
  const config = readConfig({
    PORT: String(port),
    COUNTERSIGN_DATA_DIR: join(scratch, 'data'),
    COUNTERSIGN_ROOT_TOKEN: rootToken,
    COUNTERSIGN_ROOT_PASSWORD: password,
    COUNTERSIGN_BUILTIN_RUNNERS: '2',
  })
  if (!config.ok) throw new Error(config.error.join(' '))
  const server = await serve({ ...config.value, databaseUrl }, createLog('warn'))
  const root = clientOf(server.url, rootToken)
  const cast = await makePeople(server.url, root, password)
  const places = await makePlaces(root, cast)
  const db = await openDatabase({ kind: 'url', url: databaseUrl })
  const story = await playStory(root, cast, places, () => addHistory(db, cast, places))
  await makePast(db, places, story)
  await closeDatabase(db)
  return {
    url: server.url,
    cast,
    places,
    story,
    stop: async () => {
      await server.stop(true)
      await embedded.stop()
      await rm(scratch, { recursive: true, force: true })
    },
  }
}
