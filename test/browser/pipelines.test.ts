import { afterAll, beforeAll, expect, test } from 'vitest'
import { violationsInBothThemes } from '../helpers/axe.ts'
import { type BrowserWorld, describeInBrowser, problemsOf, startBrowserWorld } from '../helpers/browser.ts'
import { aDeploymentWorld, type DeploymentWorld, push } from '../helpers/deployment-world.ts'
import { aRunner } from '../helpers/test-runner.ts'

const file = `stages: [build, deploy]
zebra:
  stage: build
  script: [make]
ship:
  stage: deploy
  script: [make $WHAT]
`

await describeInBrowser('the pages of pipelines', () => {
  let world: BrowserWorld
  let place: DeploymentWorld
  let base: string
  beforeAll(async () => {
    world = await startBrowserWorld()
    place = await aDeploymentWorld(world.server)
    base = `/${place.project.full_path}/-/pipelines`
  })
  afterAll(() => world.stop())

  test('the list is filtered by ref and status, and leads to a pipeline that is canceled and retried', async () => {
    const { pipelineId } = await push(place, file)
    const page = await world.signedIn(place.developer)
    await page.goto(`/${place.project.full_path}`)
    await page
      .getByRole('navigation', { name: /^Project/ })
      .getByRole('link', { name: 'Pipelines' })
      .click()
    await page.getByRole('link', { name: `Pipeline #${pipelineId}` }).waitFor()
    expect(await violationsInBothThemes(page)).toEqual([])
    await page.getByLabel('Status').selectOption('failed')
    await page.getByText('No pipeline has this ref and status.').waitFor()
    await page.goto(`${base}?ref=main&status=pending`)
    await page.getByRole('link', { name: `Pipeline #${pipelineId}` }).click()
    await page.getByRole('list', { name: 'Jobs of stage build' }).getByRole('link', { name: 'zebra' }).waitFor()
    expect(await page.getByRole('heading', { level: 3 }).allTextContents()).toEqual(['build', 'deploy'])
    const retry = page.getByRole('button', { name: `Retry pipeline #${pipelineId}` })
    await retry.and(page.locator('[aria-disabled="true"]')).waitFor()
    expect(await violationsInBothThemes(page)).toEqual([])
    await page.getByRole('button', { name: `Cancel pipeline #${pipelineId}` }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel pipeline' }).click()
    await page.getByText('canceled', { exact: true }).first().waitFor()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.locator('button:not([aria-disabled])').and(retry).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Retry' }).click()
    await page.getByText('pending', { exact: true }).first().waitFor()
    // A new attempt does not move its stage.
    expect(await page.getByRole('heading', { level: 3 }).allTextContents()).toEqual(['build', 'deploy'])
    expect(problemsOf(page)).toEqual([])
  })

  test('jobs are shown by stage or by what they need, with why they failed', async () => {
    const { pipelineId } = await push(
      place,
      'stages: [build, test]\nbuild:\n  stage: build\n  script: [make]\nunit:\n  stage: test\n  needs: [build]\n  script: [test]\nlint:\n  stage: test\n  needs: []\n  script: [lint]\n',
    )
    const runner = await aRunner(world.server, { projectId: place.project.id })
    const job = await runner.request()
    if (!job) throw new Error('no job')
    await runner.finish(job, 'failed', { failure_reason: 'script_failure' })
    const page = await world.signedIn(place.developer)
    await page.goto(base)
    const row = page.getByRole('listitem').filter({ hasText: `#${pipelineId}` })
    await row.getByRole('link', { name: place.developer.name }).waitFor()
    await row.getByRole('link', { name: `Pipeline #${pipelineId}` }).click()
    await page.getByText('script failure').waitFor()
    await page.getByText('By needs').click()
    const step = (number: number) => page.getByRole('list', { name: `Jobs of step ${number}` })
    await step(1).getByText('needs nothing').waitFor()
    expect(await step(1).getByRole('link').allTextContents()).toEqual(['build', 'lint'])
    expect(await step(2).getByRole('link').allTextContents()).toEqual(['unit'])
    await step(2).getByText('needs build').waitFor()
    expect(await violationsInBothThemes(page)).toEqual([])
    await page.setViewportSize({ width: 390, height: 844 })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
    expect(problemsOf(page)).toEqual([])
  })

  test('a configuration is checked before it is committed: errors at their lines, jobs, merged text', async () => {
    await push(place, file)
    const page = await world.signedIn(place.developer)
    await page.goto(base)
    await page.getByRole('link', { name: 'Configuration' }).click()
    const text = page.getByRole('textbox', { name: 'Configuration' })
    await expect.poll(() => text.inputValue()).toBe(file)
    await text.fill('build:\n  script: [make]\n  retry: 9\n')
    await page.getByRole('button', { name: 'Check' }).click()
    await page.getByText('One error').waitFor()
    await page.getByRole('button', { name: /^line 3/ }).click()
    expect(
      await page.evaluate(
        'document.getSelection().toString() || document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)',
      ),
    ).toBe('  retry: 9')
    expect(await violationsInBothThemes(page)).toEqual([])
    await text.fill('.base:\n  script: [make]\nbuild:\n  extends: .base\n  environment: production\n')
    await page.getByRole('button', { name: 'Check' }).click()
    await page.getByText('The configuration is valid.').first().waitFor()
    await page.getByText('deploys to production').waitFor()
    await page.getByRole('region', { name: 'Merged text' }).getByText('make').first().waitFor()
    expect(await violationsInBothThemes(page)).toEqual([])
    await page.getByLabel('Commit message').fill('Deploy what is built')
    await page.getByRole('button', { name: 'Commit to main' }).click()
    await page.locator('[aria-disabled="true"]', { hasText: 'Commit to main' }).waitFor()
    const api = world.server.api(place.maintainer.token)
    const repository = `/projects/${place.project.id}/repository`
    const [newest] = (await api.get<{ title: string }[]>(`${repository}/commits`)).body
    expect(newest?.title).toBe('Deploy what is built')
    // Somebody else commits meanwhile: theirs is not overwritten, and what was typed stays.
    await push(place, 'theirs:\n  script: [make]\n')
    await text.fill('mine:\n  script: [make]\n')
    await page.getByRole('button', { name: 'Commit to main' }).click()
    await page
      .getByRole('alert')
      .getByText(/changed|newer|different/)
      .waitFor()
    expect(await text.inputValue()).toBe('mine:\n  script: [make]\n')
    const kept = await api.get<string>(`${repository}/files/.gitlab-ci.yml/raw?ref=main`)
    expect(kept.body).toContain('theirs:')
    expect(problemsOf(page)).toEqual([])
  })

  test('a new pipeline runs with the variables that were typed', async () => {
    const page = await world.signedIn(place.maintainer)
    await page.goto(`${base}/new`)
    await page.getByRole('button', { name: 'Add variable' }).click()
    await page.getByLabel('Key 1').fill('WHAT')
    await page.getByLabel('Value 1').fill('it')
    expect(await violationsInBothThemes(page)).toEqual([])
    await page.getByLabel('Branch or tag').fill('nowhere')
    await page.getByRole('button', { name: 'Run pipeline' }).click()
    await page.getByRole('alert').waitFor()
    await page.getByLabel('Branch or tag').fill('main')
    await page.getByRole('button', { name: 'Run pipeline' }).click()
    await page.waitForURL(/\/-\/pipelines\/\d+$/)
    const id = Number(page.url().split('/').at(-1))
    const answer = await world.server
      .api(place.maintainer.token)
      .get<{ key: string; value: string }[]>(`/projects/${place.project.id}/pipelines/${id}/variables`)
    expect(answer.body.map(({ key, value }) => [key, value])).toEqual([['WHAT', 'it']])
    expect(problemsOf(page)).toEqual([])
  })

  test('errors of the configuration are shown plainly', async () => {
    const { pipelineId } = await push(place, 'build:\n  script: 1\n  stage: nowhere\n')
    const page = await world.signedIn(place.developer)
    await page.goto(`${base}/${pipelineId}`)
    await page.getByText('The configuration has errors').waitFor()
    await page
      .getByText(/nowhere|script/)
      .first()
      .waitFor()
    await page.getByText('This pipeline has no jobs.').waitFor()
    expect(await violationsInBothThemes(page)).toEqual([])
    expect(problemsOf(page)).toEqual([])
  })
})
