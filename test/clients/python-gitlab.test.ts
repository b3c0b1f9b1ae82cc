/**
 * The main story and lists through python-gitlab, which others maintain, as it is. Where there is no Python or no package index the
 * tests are skipped, and say so by their name.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aDeploymentWorld, type DeploymentWorld, seedFile } from '../helpers/deployment-world.ts'
import { pythonGitlab, runPython } from '../helpers/python.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { aRunner } from '../helpers/test-runner.ts'

const found = await pythonGitlab()
const problem = 'problem' in found ? found.problem : null
const python = 'python' in found ? found.python : ''

let server: TestServer
let world: DeploymentWorld

beforeAll(async () => {
  server = await startTestServer({ timing: { holdMs: 0 } })
  world = await aDeploymentWorld(server)
})
afterAll(() => server.stop())

/** What every program begins with. */
const prelude = `
import os, json, gitlab
def client(name, **more):
    return gitlab.Gitlab(os.environ['GITLAB_URL'], private_token=os.environ[name], **more)
project_id = int(os.environ['PROJECT'])
developer, maintainer, root = client('DEVELOPER'), client('MAINTAINER'), client('ROOT')
project = developer.projects.get(project_id)
def refused(call, code):
    try:
        call()
    except gitlab.exceptions.GitlabError as error:
        assert error.response_code == code, (error.response_code, code, error)
        return error.error_message
    raise AssertionError('not refused')
`

async function play<T>(program: string): Promise<T> {
  const printed = await runPython(python, prelude + program, {
    GITLAB_URL: server.url,
    PROJECT: String(world.project.id),
    DEVELOPER: world.developer.token,
    MAINTAINER: world.maintainer.token,
    ROOT: server.rootToken,
    OPERATORS: String(world.operators.id),
    CI_FILE: seedFile,
  })
  return JSON.parse(printed) as T
}

describe.skipIf(problem !== null)(`python-gitlab${problem === null ? '' : ` (skipped: ${problem})`}`, () => {
  it('protects, pushes, waits, approves and reads what the job wrote', async () => {
    const blocked = await play<{ deployment: number; job: number; pipeline: number }>(`
maintained = maintainer.projects.get(project_id)
protected = maintained.protected_environments.create({
    'name': 'production',
    'deploy_access_levels': [{'access_level': 30}],
    'approval_rules': [{'access_level': 40, 'required_approvals': 1}],
})
assert maintained.protected_environments.get('production').approval_rules == protected.approval_rules
assert [p.name for p in maintained.protected_environments.list()] == ['production']
project.files.create({'file_path': '.gitlab-ci.yml', 'branch': 'main', 'content': os.environ['CI_FILE'], 'commit_message': 'Deploy'})
pipeline = project.pipelines.list(get_all=False)[0]
job = pipeline.jobs.list(get_all=True)[0]
assert (job.name, job.status) == ('production', 'manual'), job
deployment = project.deployments.list(environment='production', status='blocked', get_all=True)[0]
assert deployment.deployable['id'] == job.id
message = refused(lambda: deployment.approval('approved'), 400)
assert 'You cannot approve your own deployment' in message, message
refused(lambda: project.jobs.get(job.id).play(), 400)
vote = maintained.deployments.get(deployment.id).approval('approved', comment='Good', represented_as='Maintainers')
assert (vote['status'], vote['comment']) == ('approved', 'Good'), vote
assert project.deployments.get(deployment.id).pending_approval_count == 0
print(json.dumps({'deployment': deployment.id, 'job': job.id, 'pipeline': pipeline.id}))
`)
    const runner = await aRunner(server, { projectId: world.project.id })
    const job = await runner.request()
    expect(job?.id).toBe(blocked.job)
    if (!job) throw new Error('no job')
    await runner.update(job, 'running')
    await runner.log(job, 0, 'Deploying to production\n')
    await runner.update(job, 'success')
    const end = await play<object>(`
job = project.jobs.get(${blocked.job})
environment = project.environments.list(name='production', get_all=True)[0]
last = project.environments.get(environment.id).last_deployment
print(json.dumps({
    'trace': job.trace().decode(),
    'status': job.status,
    'pipeline': project.pipelines.get(${blocked.pipeline}).status,
    'deployment': last['id'],
    'approved': [a['user']['id'] for a in project.deployments.get(${blocked.deployment}).approvals],
}))
`)
    expect(end).toEqual({
      trace: 'Deploying to production\n',
      status: 'success',
      pipeline: 'success',
      deployment: blocked.deployment,
      approved: [world.maintainer.id],
    })
  })

  it('pages by number, by iterator and by keyset', async () => {
    const counts = await play<Record<string, unknown>>(`
for number in range(7):
    root.projects.create({'name': f'paged-{number}', 'path': f'paged-{number}'})
everything = root.projects.list(get_all=True, per_page=3)
lazily = root.projects.list(iterator=True, per_page=3)
keyset = root.projects.list(iterator=True, pagination='keyset', order_by='id', sort='asc', per_page=2)
walked = [p.id for p in keyset]
assert walked == sorted(walked)
always = client('ROOT', pagination='keyset', order_by='id', per_page=2)
variables = maintainer.projects.get(project_id).variables
for number in range(5):
    variables.create({'key': f'KEY_{number}', 'value': 'x'})
pages = variables.list(iterator=True, per_page=2)
print(json.dumps({
    'all': len(everything),
    'lazily': len(list(lazily)),
    'told': [lazily.total, lazily.total_pages, lazily.per_page],
    'keyset': len(walked),
    'always': len(always.projects.list(get_all=True)),
    'second': len(root.projects.list(page=2, per_page=3)),
    'variables': [v.key for v in pages],
    'events': len(root.audit_events.list(get_all=False, per_page=2)),
}))
`)
    expect(counts).toEqual({
      all: 8,
      lazily: 8,
      told: [8, 3, 3],
      keyset: 8,
      always: 8,
      second: 3,
      variables: ['KEY_0', 'KEY_1', 'KEY_2', 'KEY_3', 'KEY_4'],
      events: 2,
    })
  })

  it('drives trigger tokens, schedules, pipelines and their jobs', async () => {
    const answers = await play<Record<string, unknown>>(`
maintained = maintainer.projects.get(project_id)
project.branches.create({'branch': 'side', 'ref': 'main'})
project.files.get('.gitlab-ci.yml', ref='side')
content = 'build:\\n  script: [echo]\\n  artifacts: {paths: [out]}\\nask:\\n  script: [echo]\\n  when: manual\\n'
project.files.update('.gitlab-ci.yml', {'branch': 'side', 'content': content, 'commit_message': 'Other jobs'})
trigger = maintained.triggers.create({'description': 'of a test'})
pipeline = maintained.trigger_pipeline('side', trigger.token, variables={'COLOUR': 'red'})
given = {v.key: v.value for v in maintained.pipelines.get(pipeline.id).variables.list(get_all=True)}
schedule = project.pipelineschedules.create({'ref': 'side', 'description': 'Nightly', 'cron': '0 1 * * *'})
schedule.variables.create({'key': 'COLOUR', 'value': 'blue'})
schedule.cron_timezone = 'Europe/Berlin'
schedule.save()
schedule.play()
# Playing leaves the object with nothing but the answer's message, as it does with GitLab's.
schedule = project.pipelineschedules.list(get_all=True)[0]
scheduled = [p.source for p in schedule.pipelines.list(get_all=True)]
maintained.pipelineschedules.get(schedule.id).take_ownership()
owner = project.pipelineschedules.get(schedule.id).owner['id']
maintained.pipelineschedules.get(schedule.id).delete()
made = project.pipelines.create({'ref': 'side', 'variables': [{'key': 'A', 'value': '1'}]})
made.cancel()
made.retry()
jobs = {j.name: j for j in made.jobs.list(get_all=True)}
project.jobs.get(jobs['ask'].id).play()
print(json.dumps({
    'source': pipeline.source,
    'user': pipeline.user['id'],
    'colour': given['COLOUR'],
    'payload': json.loads(given['TRIGGER_PAYLOAD'])['variables'],
    'scheduled': scheduled,
    'owner': owner,
    'jobs': sorted(jobs),
    'asked': project.jobs.get(jobs['ask'].id).status,
    'latest': project.pipelines.latest(ref='side').id == made.id,
    'report': made.test_report.get().total_count,
    'lint': maintained.ci_lint.create({'content': content}).valid,
}))
`)
    expect(answers).toEqual({
      source: 'trigger',
      user: world.maintainer.id,
      colour: 'red',
      payload: { COLOUR: 'red' },
      scheduled: ['schedule'],
      owner: world.maintainer.id,
      jobs: ['ask', 'build'],
      asked: 'pending',
      latest: true,
      report: 0,
      lint: true,
    })
  })

  it('drives people, places and settings, with its own way of saying yes, no and nothing', async () => {
    const answers = await play<Record<string, unknown>>(`
maintained, administered = maintainer.projects.get(project_id), root.projects.get(project_id)
group = root.groups.get(int(os.environ['OPERATORS']))
person = root.users.create({'email': 'p@example.com', 'username': 'python', 'name': 'P', 'password': 'long enough', 'skip_confirmation': True})
person.block()
blocked = [u.username for u in root.users.list(blocked=True, get_all=True)]
person.unblock()
member = group.members.create({'user_id': person.id, 'access_level': gitlab.const.AccessLevel.DEVELOPER})
member.access_level = gitlab.const.AccessLevel.MAINTAINER
member.save()
administered.share(group.id, gitlab.const.AccessLevel.DEVELOPER)
invited = [g.id for g in maintained.groups.list(with_shared=True, get_all=True)]
administered.unshare(group.id)
tokens = administered.access_tokens
bot = tokens.create({'name': 'bot', 'scopes': ['api'], 'access_level': 30, 'expires_at': '2099-01-01'})
kept = tokens.get(bot.id).rotate()
variables = maintained.variables
for scope in 'ab':
    variables.create({'key': 'SCOPED', 'value': scope, 'environment_scope': scope})
variables.update('SCOPED', {'value': 'changed', 'filter': {'environment_scope': 'b'}})
environment = maintained.environments.create({'name': 'extra'})
environment.tier = 'testing'
environment.save()
environment.stop()
environment.delete()
sha = project.commits.list(get_all=False)[0].id
deployment = project.deployments.create({'environment': 'outside', 'sha': sha, 'ref': 'main', 'tag': False, 'status': 'running'})
deployment.status = 'success'
deployment.save()
runner = maintained.runners.list(get_all=True)[0]
root_runner = root.runners.get(runner.id)
root_runner.paused = True
root_runner.save()
print(json.dumps({
    'blocked': blocked,
    'member': group.members_all.get(person.id).access_level,
    'invited': group.id in invited,
    'rotated': kept['id'] != bot.id,
    'scoped': [variables.get('SCOPED', filter={'environment_scope': s}).value for s in 'ab'],
    'tree': [f['path'] for f in project.repository_tree(iterator=True, recursive=True, pagination='keyset', per_page=1)],
    'mine': project_id in [p.id for p in maintainer.projects.list(membership=True, simple=True, iterator=True)],
    'environments': [e.name for e in maintained.environments.list(search='ext', get_all=True)],
    'deployed': project.deployments.list(environment='outside', get_all=True)[0].status,
    'paused': root.runners.get(runner.id).paused,
    'events': 'project_access_token_created' in [e.event_name for e in maintained.audit_events.list(get_all=True)],
    'version': root.version()[1],
}))
`)
    expect(answers).toEqual({
      blocked: ['python'],
      member: 40,
      invited: true,
      rotated: true,
      scoped: ['a', 'changed'],
      tree: ['.gitlab-ci.yml'],
      mine: true,
      environments: [],
      deployed: 'success',
      paused: true,
      events: true,
      version: expect.any(String),
    })
  })
})
