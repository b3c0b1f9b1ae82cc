import { Gitlab } from '@gitbeaker/rest'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { aRepositoryWorld, type RepositoryWorld } from '../helpers/repository-world.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

/** Repositories through a client that others maintain, as it is. */
let server: TestServer
let world: RepositoryWorld
let gitlab: InstanceType<typeof Gitlab>
beforeAll(async () => {
  server = await startTestServer()
  world = await aRepositoryWorld(server)
  gitlab = new Gitlab({ host: server.url, token: world.developer.token })
})
afterAll(() => server.stop())

it('drives files, commits, branches, tags and trees', async () => {
  const { id } = world.project
  const path = 'dir/a file.txt'
  await gitlab.RepositoryFiles.create(id, path, 'main', 'one\n', 'Add it', { authorName: 'Zoë' })
  await gitlab.RepositoryFiles.edit(id, path, 'main', 'two\n', 'Change it')
  const file = await gitlab.RepositoryFiles.show(id, path, 'main')
  expect(Buffer.from(file.content, 'base64').toString()).toBe('two\n')
  expect(await gitlab.RepositoryFiles.showRaw(id, path, 'main')).toBe('two\n')

  const made = await gitlab.Commits.create(id, 'side', 'Several', [{ action: 'create', filePath: 'b', content: '1' }], {
    startBranch: 'main',
  })
  expect(await gitlab.Commits.show(id, made.id)).toMatchObject({ title: 'Several', stats: { total: 1 } })
  expect((await gitlab.Commits.all(id, { refName: 'side', perPage: 2 })).map(({ title }) => title)).toEqual([
    'Several',
    'Change it',
    'Add it',
  ])
  expect(await gitlab.Commits.showDiff(id, made.id)).toMatchObject([{ new_path: 'b', new_file: true }])
  expect(await gitlab.Commits.allReferences(id, made.id)).toEqual([{ type: 'branch', name: 'side' }])
  expect(await gitlab.Commits.allStatuses(id, made.id)).toEqual([])

  await gitlab.Branches.create(id, 'third', 'main')
  expect(await gitlab.Branches.show(id, 'third')).toMatchObject({ default: false, can_push: true })
  expect((await gitlab.Branches.all(id)).map(({ name }) => name)).toEqual(['main', 'side', 'third'])
  await gitlab.Branches.remove(id, 'third')
  await expect(gitlab.Branches.show(id, 'third')).rejects.toMatchObject({
    cause: { description: '404 Branch Not Found' },
  })

  expect(await gitlab.Tags.create(id, 'v1', 'main', { message: 'One' })).toMatchObject({ message: 'One' })
  expect((await gitlab.Tags.all(id)).map(({ name }) => name)).toEqual(['v1'])
  await gitlab.Tags.remove(id, 'v1')

  const tree = await gitlab.Repositories.allRepositoryTrees(id, { recursive: true, perPage: 1 })
  expect(tree.map(({ path }) => path)).toEqual(['dir', 'dir/a file.txt'])
  expect(await gitlab.Repositories.compare(id, 'main', 'side')).toMatchObject({ commits: [{ id: made.id }] })
  expect(await gitlab.Repositories.mergeBase(id, ['main', 'side'])).toMatchObject({ title: 'Change it' })
  const archive = await gitlab.Repositories.showArchive(id, { fileType: 'zip' })
  expect(archive.size).toBeGreaterThan(100)
  await gitlab.RepositoryFiles.remove(id, path, 'main', 'Remove it')
})
