import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appendLog } from '../../src/db/job-logs.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { violationsInBothThemes } from '../helpers/axe.ts'
import { type BrowserWorld, describeInBrowser, phone, problemsOf, startBrowserWorld } from '../helpers/browser.ts'
import {
  aDeploymentWorld,
  type DeploymentWorld,
  deploymentOf,
  protect,
  push,
  vote,
} from '../helpers/deployment-world.ts'
import { jobNamed } from '../helpers/pipelines.ts'
import { aRunner } from '../helpers/test-runner.ts'

const esc = '\u001b'
const time = '2026-01-02T03:04:05.123456Z'

const file = `stages: [build, deploy]
build:
  stage: build
  tags: [big]
  script: [make]
production:
  stage: deploy
  needs: []
  script: [make deploy]
  environment: production
`

await describeInBrowser('the page of a job', () => {
  let world: BrowserWorld
  let place: DeploymentWorld
  beforeAll(async () => {
    world = await startBrowserWorld()
    place = await aDeploymentWorld(world.server)
    await protect(place, {
      name: 'production',
      deploy_access_levels: [{ access_level: 30 }],
      required_approval_count: 1,
    })
  })
  afterAll(() => world.stop())

  const open = async (page: Page, jobId: number) => {
    await page.goto(`/${place.project.full_path}/-/jobs/${jobId}`)
    await page.getByRole('heading', { level: 1 }).waitFor()
  }

  test('a job that waits for approvals leads to its deployment, and its button says why it may not be pressed', async () => {
    const { pipelineId } = await push(place, file)
    const deployment = await deploymentOf(place, pipelineId)
    const page = await world.signedIn(place.developer)
    await open(page, deployment.jobId)
    await page.getByText('Waiting for approvals').waitFor()
    const play = page.getByRole('button', { name: 'Play production' })
    await play.and(page.locator('[aria-disabled="true"]')).waitFor()
    const reason = await play.getAttribute('aria-describedby')
    expect((await page.locator(`[id="${reason}"]`).textContent())?.length).toBeGreaterThan(10)
    expect(await violationsInBothThemes(page)).toEqual([])
    await page.getByRole('link', { name: /^See deployment #/ }).click()
    await page.waitForURL(`**/-/deployments/${deployment.id}`)
    expect(problemsOf(page)).toEqual([])
  })

  test('the log shows as it is written, with colours and sections, until the job is over', async () => {
    const { pipelineId } = await push(place, file)
    const deployment = await deploymentOf(place, pipelineId)
    const page = await world.signedIn(place.developer)
    await open(page, deployment.jobId)
    await vote(place, deployment.id, place.maintainer, { status: 'approved' })
    const runner = await aRunner(world.server)
    const job = await runner.request()
    if (!job) throw new Error('no job')
    await runner.update(job, 'running')
    await page.getByText('running', { exact: true }).first().waitFor()
    const text = [
      `${time} 00O section_start:1700000000:prepare_script[collapsed=true]\r${esc}[0K${esc}[36;1mPreparing environment${esc}[0;m`,
      `${time} 00O hidden in the section`,
      `${time} 00O section_end:1700000007:prepare_script\r${esc}[0K`,
      `${time} 01O ${esc}[32;1m$ make deploy${esc}[0;m`,
      `${time} 01O 10 %\r100 %`,
      '',
    ].join('\n')
    await runner.log(job, 0, text)
    const log = page.getByRole('region', { name: 'Lines of the log' })
    await log.getByText('$ make deploy', { exact: true }).waitFor()
    await log.getByText('100 %', { exact: true }).waitFor()
    const shown = await log.innerText()
    expect(shown).not.toMatch(/2026-01-02T|section_|10 %|hidden in the section/)
    const section = log.getByRole('button', { name: /Preparing environment/ })
    expect(await section.getAttribute('aria-expanded')).toBe('false')
    expect(await section.innerText()).toContain('7 s')
    await section.click()
    await log.getByText('hidden in the section').waitFor()
    expect(await violationsInBothThemes(page)).toEqual([])
    const more = 'äöü at the end'
    await runner.log(job, Buffer.byteLength(text), more)
    await log.getByText(more).waitFor()
    await runner.update(job, 'success')
    await page.getByText('success', { exact: true }).first().waitFor()
    await page.getByRole('link', { name: 'production' }).first().waitFor()
    await page
      .getByRole('button', { name: 'Cancel job production' })
      .and(page.locator('[aria-disabled="true"]'))
      .waitFor()
    expect(problemsOf(page)).toEqual([])
  })

  test('a log of 50 MB is read in parts, and only the lines in view are in the page', async () => {
    const { pipelineId } = await push(place, file)
    const job = await jobNamed(world.server, pipelineId, 'build')
    const lines = 800_000
    let at = 0
    for (let from = 1; from <= lines; from += 20_000) {
      const text = Array.from({ length: 20_000 }, (_, index) => `${from + index} ${'x'.repeat(56)}\n`).join('')
      const data = Buffer.from(text)
      const start = at
      await inTransaction(world.server.app.db, (tx) => appendLog(tx, job.id, start, data))
      at += data.length
    }
    expect(at).toBeGreaterThan(49_000_000)
    const page = await world.signedIn(place.developer, phone)
    const sizes: number[] = []
    page.on('response', (response) => {
      if (response.url().endsWith('/trace')) sizes.push(Number(response.headers()['content-length'] ?? 0))
    })
    await open(page, job.id)
    await page.getByText('This job is stuck', { exact: true }).waitFor()
    await page.getByText(new RegExp(`^${lines} x`)).waitFor({ timeout: 120_000 })
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4 * 1024 * 1024)
    expect(await page.locator('[data-line]').count()).toBeLessThan(120)
    await page.getByLabel('Search the log').fill('400000 X')
    await page.getByText('1 of 1').waitFor({ timeout: 30_000 })
    await page.locator('[data-current] >> text=/^400000 x/').waitFor()
    expect(await page.getByRole('switch', { name: 'Follow' }).isChecked()).toBe(false)
    expect(await page.locator('[data-line]').count()).toBeLessThan(120)
    expect(await violationsInBothThemes(page)).toEqual([])
    expect(problemsOf(page)).toEqual([])
  }, 240_000)

  test('cancel asks once more, and retry leads to the new job', async () => {
    const { pipelineId } = await push(place, file)
    const job = await jobNamed(world.server, pipelineId, 'build')
    const page = await world.signedIn(place.developer)
    await open(page, job.id)
    await page.getByRole('button', { name: 'Cancel job build' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel job' }).click()
    await page.getByText('canceled', { exact: true }).first().waitFor()
    await page.getByRole('button', { name: 'Retry build' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Retry' }).click()
    await page.waitForURL((url) => !url.pathname.endsWith(`/jobs/${job.id}`))
    await page.getByText('pending', { exact: true }).first().waitFor()
    expect(problemsOf(page)).toEqual([])
  })

  test('a job that is not there is not found', async () => {
    const page = await world.signedIn(place.developer)
    await page.goto(`/${place.project.full_path}/-/jobs/999999999`)
    await page.getByText('This project has no such job.').waitFor()
  })
})
