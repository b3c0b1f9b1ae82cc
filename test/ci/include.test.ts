import { describe, expect, test } from 'vitest'
import type { ConfigReader } from '../../src/ci/types.ts'
import { compile, files, jobOf, messagesOf, planOf, reader, variable } from './helpers/compile.ts'

/** Other projects: path → ref → file → text. Without a ref, the first. */
function projects(contents: Record<string, Record<string, Record<string, string>>>): ConfigReader['openProject'] {
  return (path, ref) => {
    const project = contents[path]
    if (project === undefined) return Promise.resolve({ found: false, missing: 'project' })
    const at = ref ?? Object.keys(project)[0] ?? ''
    const tree = project[at]
    if (tree === undefined) return Promise.resolve({ found: false, missing: 'ref' })
    return Promise.resolve({
      found: true,
      sha: `sha-of-${at}`,
      read: (file: string) => Promise.resolve(tree[file] ?? null),
      list: () => Promise.resolve(Object.keys(tree)),
    })
  }
}

const job = (script: string) => `j: {script: ${script}}`

describe('include', () => {
  test('a string is a path of the repository or a URL', async () => {
    const from = files(
      { 'a.yml': job('local') },
      { readRemote: (url) => Promise.resolve({ text: `k: {script: "${url}"}` }) },
    )
    const plan = await planOf('include: [/a.yml, "https://x.org/b.yml"]', {}, from)
    expect(plan.jobs.map((each) => [each.name, each.script[0]])).toEqual([
      ['j', 'local'],
      ['k', 'https://x.org/b.yml'],
    ])
  })

  test('later files override earlier ones, the including file all of them', async () => {
    const from = files({
      'a.yml': 'j: {script: a, variables: {A: a, B: a, C: a}, tags: [a, b]}\nvariables: {X: a}',
      'b.yml': 'j: {variables: {B: b, C: b}, tags: [c]}',
    })
    const { variables, tags } = await jobOf('include: [a.yml, b.yml]\nj: {variables: {C: own}}', 'j', {}, from)
    expect(tags).toEqual(['c'])
    expect(variables).toEqual([variable('X', 'a'), variable('A', 'a'), variable('B', 'b'), variable('C', 'own')])
  })

  test('extends and references reach what was included', async () => {
    const from = files({ 'a.yml': '.base: {tags: [t]}\n.scripts: {script: [s]}' })
    const text = 'include: a.yml\nj: {extends: .base, script: [!reference [.scripts, script], own]}'
    expect(await jobOf(text, 'j', {}, from)).toMatchObject({ tags: ['t'], script: ['s', 'own'] })
  })

  test('included files include', async () => {
    const from = files({ 'a.yml': 'include: {local: b/c.yml}', 'b/c.yml': job('deep') })
    expect((await jobOf('include: a.yml', 'j', {}, from)).script).toEqual(['deep'])
  })

  test('wildcards take files in order', async () => {
    const from = files({
      'ci/a.yml': 'variables: {A: a, B: a}',
      'ci/b.yml': 'variables: {B: b}',
      'ci/sub/c.yml': 'variables: {C: c}',
      'ci/d.txt': 'no',
    })
    const names = async (include: string) =>
      (await jobOf(`include: ${include}\n${job('x')}`, 'j', {}, from)).variables.map(
        ({ key, value }) => `${key}=${value}`,
      )
    expect(await names('"ci/*.yml"')).toEqual(['A=a', 'B=b'])
    expect(await names('"/ci/**/*.yml"')).toEqual(['C=c'])
    expect(await names('"ci/**.yml"')).toEqual(['A=a', 'B=b', 'C=c'])
    expect(await names('["ci/b.yml", "ci/*.yml"]')).toEqual(['B=b', 'A=a'])
    expect(await names('"none/*.yml"')).toEqual([])
  })

  test('a wildcard does not take the file it stands in again', async () => {
    const from = files({ 'ci/a.yml': 'include: "ci/*.yml"\nvariables: {A: a}', 'ci/b.yml': 'variables: {B: b}' })
    const { variables } = await jobOf(`include: ci/a.yml\n${job('x')}`, 'j', {}, from)
    expect(variables.map(({ key }) => key)).toEqual(['B', 'A'])
  })

  test('another project at a ref; its local includes are its own', async () => {
    const openProject = projects({
      'group/templates': {
        main: {
          'a.yml': 'include: b.yml\nj: {script: main}',
          'b.yml': 'variables: {B: theirs}',
          'c.yml': 'variables: {C: c}',
        },
        v2: { 'a.yml': job('v2') },
      },
    })
    const from = files({ 'b.yml': 'variables: {B: ours}' }, { openProject })
    const head = await jobOf('include: [{project: Group/Templates, file: [/a.yml, c.yml]}]', 'j', {}, from)
    expect(head.script).toEqual(['main'])
    expect(head.variables.map(({ key, value }) => `${key}=${value}`)).toEqual(['B=theirs', 'C=c'])
    expect((await jobOf('include: {project: group/templates, file: a.yml, ref: v2}', 'j', {}, from)).script).toEqual([
      'v2',
    ])
  })

  test('a template', async () => {
    const from = reader({ readTemplate: (name) => Promise.resolve(name === 'Jobs/X.gitlab-ci.yml' ? job('t') : null) })
    expect((await jobOf('include: {template: Jobs/X.gitlab-ci.yml}', 'j', {}, from)).script).toEqual(['t'])
  })

  test('a component with a version, the latest and a partial one', async () => {
    const component = (version: string) => ({
      'templates/build.yml': `spec: {component: [name, version, sha, reference]}\n---\nj: {script: "$[[ component.name ]] $[[ component.version ]] $[[ component.sha ]] $[[ component.reference ]] ${version}"}`,
      'templates/other/template.yml': job('other'),
    })
    const openProject = projects({ 'group/c': { '1.0.0': component('1.0.0'), '1.2.0': component('1.2.0') } })
    const latestVersion = (_: string, partial: string | null) => Promise.resolve(partial === '3' ? null : '1.2.0')
    const context = { predefined: [variable('CI_SERVER_FQDN', 'git.example.com')] }
    const script = async (address: string) =>
      (await jobOf(`include: {component: "${address}"}`, 'j', context, reader({ openProject, latestVersion })))
        .script[0]
    expect(await script('$CI_SERVER_FQDN/group/c/build@1.0.0')).toBe('build 1.0.0 sha-of-1.0.0 1.0.0 1.0.0')
    expect(await script('git.example.com/group/c/build@~latest')).toBe('build 1.2.0 sha-of-1.2.0 ~latest 1.2.0')
    expect(await script('git.example.com/group/c/build@1')).toBe('build 1.2.0 sha-of-1.2.0 1 1.2.0')
    expect(await script('git.example.com/group/c/other@1.2.0')).toBe('other')
  })

  test('a file of the parent pipeline', async () => {
    const from = reader({
      readArtifact: (name, path) =>
        Promise.resolve(
          name !== 'gen' ? { missing: 'job' } : path === 'a.yml' ? { text: job('made') } : { missing: 'file' },
        ),
    })
    const include = (fragment: string) => `include: [{${fragment}}]\nk: {script: a}`
    const child = { source: 'parent_pipeline' as const }
    expect((await jobOf(include('artifact: a.yml, job: gen'), 'j', child, from)).script).toEqual(['made'])
    expect(await messagesOf(include('artifact: a.yml, job: gen'), {}, from)).toEqual([
      'Including configs from artifacts is only allowed when triggering child pipelines',
    ])
    expect(await messagesOf(include('artifact: a.yml'), child, from)).toEqual([
      'Job must be provided when including configs from artifacts',
    ])
    expect(await messagesOf(include('artifact: a.yml, job: x'), child, from)).toEqual([
      'Job `x` not found in parent pipeline or does not have artifacts!',
    ])
    expect(await messagesOf(include('artifact: b.yml, job: gen'), child, from)).toEqual(['File `b.yml` is empty!'])
  })

  test('integrity', async () => {
    const from = reader({ readRemote: () => Promise.resolve({ text: job('r') }), sha256: () => 'aGFzaA==' })
    const include = (hash: string) => `include: {remote: "https://x.org/a.yml", integrity: "${hash}"}`
    expect((await jobOf(include('sha256-aGFzaA=='), 'j', {}, from)).script).toEqual(['r'])
    expect(await messagesOf(include('sha256-b3RoZXI='), {}, from)).toEqual([
      'Remote file `https://x.org/a.yml` failed integrity check!',
    ])
    expect(await messagesOf(include('md5-x'), {}, from)).toEqual(["integrity hash must start with 'sha256-'"])
    const blind = reader({ readRemote: () => Promise.resolve({ text: job('r') }) })
    expect(await messagesOf(include('sha256-aGFzaA=='), {}, blind)).toEqual([
      'Remote file `https://x.org/a.yml` failed integrity check!',
    ])
  })

  test('variables in includes: predefined, stored and of the pipeline, not of the configuration', async () => {
    const from = files({ 'main/a.yml': job('x') })
    const context = {
      stored: [
        { ...variable('DIR', 'wrong'), environmentScope: 'production' },
        { ...variable('FILE', 'a'), environmentScope: '*' },
      ],
      pipelineVariables: [variable('EXT', 'yml')],
    }
    const include = 'include: "$CI_COMMIT_BRANCH$DIR/${FILE}.$EXT$OWN"\nvariables: {OWN: x}'
    expect((await jobOf(include, 'j', context, from)).script).toEqual(['x'])
  })

  test('remote files get no variables and no local files', async () => {
    const asked: string[] = []
    const from = files(
      { 'b.yml': job('x') },
      {
        readRemote: (url) => {
          asked.push(url)
          return Promise.resolve({ text: url.endsWith('a.yml') ? 'include: "https://x.org/$SECRET.yml"' : job('x') })
        },
      },
    )
    const context = { pipelineVariables: [variable('SECRET', 'hunter2')] }
    expect((await compile('include: "https://x.org/a.yml"', context, from)).kind).toBe('plan')
    expect(asked).toEqual(['https://x.org/a.yml', 'https://x.org/.yml'])
    const local = reader({ readRemote: () => Promise.resolve({ text: 'include: b.yml' }) })
    expect(await messagesOf('include: "https://x.org/a.yml"', {}, local)).toEqual([
      'Local file `b.yml` does not have project!',
    ])
  })

  test('masked values do not come back in messages', async () => {
    const context = { stored: [{ ...variable('SECRET', 'hunter2', { masked: true }), environmentScope: '*' }] }
    expect(await messagesOf('include: "dir/$SECRET.yml"', context)).toEqual([
      'Local file `dir/[MASKED].yml` does not exist!',
    ])
  })
})

describe('include:rules', () => {
  const from = files(
    { 'a.yml': 'variables: {A: a}', Dockerfile: '' },
    { changedPaths: () => Promise.resolve(['src/x.ts']) },
  )
  test.each([
    ['{if: $CI_COMMIT_BRANCH == "main"}', true],
    ['{if: $CI_COMMIT_BRANCH == "main", when: never}', false],
    ['{if: $CI_COMMIT_BRANCH == "other"}', false],
    ['{exists: [Dockerfile]}', true],
    ['{exists: [Gemfile]}', false],
    ['{changes: [src/*]}', true],
    ['{changes: [docs/*]}', false],
    ['{when: always}', true],
  ])('%s', async (rule, included) => {
    const { variables } = await jobOf(`include: [{local: a.yml, rules: [${rule}]}]\n${job('x')}`, 'j', {}, from)
    expect(variables.length > 0).toBe(included)
  })

  test.each([
    ['rules: []', "include:rules config can't be blank"],
    ['rules: [{when: manual}]', 'include:rules:rule when unknown value: manual'],
    ['rules: [{if: "="}]', 'include:rules:rule if invalid expression syntax'],
    ['rules: [{variables: {A: b}}]', 'include:rules:rule config contains unknown keys: variables'],
  ])('%s is refused', async (fragment, message) => {
    expect(await messagesOf(`include: [{local: a.yml, ${fragment}}]\n${job('x')}`, {}, from)).toEqual([message])
  })

  test('plain exists has no limit of paths here', async () => {
    const paths = Array.from({ length: 60 }, (_, index) => `f${index}`).join(', ')
    const text = `include: [{local: a.yml, rules: [{exists: [${paths}]}]}]\n${job('x')}`
    expect((await compile(text, {}, from)).kind).toBe('plan')
  })
})

describe('what cannot be included', () => {
  const openProject = projects({ 'g/p': { main: { 'empty.yml': ' ', 'a.yml': job('x') } } })
  const from = files(
    {
      'empty.yml': '\n',
      'text.yml': 'just text',
      'broken.yml': 'a: [',
      'hash.yml': '{}',
      'comment.yml': '# c',
    },
    {
      openProject,
      readRemote: (url) =>
        Promise.resolve(
          url.includes('500')
            ? { httpStatus: 500 }
            : url.includes('bad')
              ? { problem: 'a timeout error' }
              : { text: url.includes('empty') ? '' : job('x') },
        ),
    },
  )
  const subkeys = '`local`, `project`, `remote`, `template`, `artifact`, `component`'
  test.each([
    ['5', 'Each include must be a hash or a string'],
    ['[true]', 'Each include must be a hash or a string'],
    ['{foo: bar}', `\`{"foo":"bar"}\` does not have a valid subkey for include. Valid subkeys are: ${subkeys}`],
    ['{project: g/p}', `\`{"project":"g/p"}\` does not have a valid subkey for include. Valid subkeys are: ${subkeys}`],
    ['{local: a.yml, remote: "https://x.org/a.yml"}', `Each include must use only one of: ${subkeys}`],
    ['{local: [a.yml]}', 'Included file `["a.yml"]` needs to be a string'],
    ['{local: a.txt}', 'Included file `a.txt` does not have YAML extension!'],
    ['{local: .yml}', 'Included file `.yml` does not have YAML extension!'],
    ['{local: no.yml}', 'Local file `no.yml` does not exist!'],
    ['{local: empty.yml}', 'Local file `empty.yml` is empty!'],
    ['{local: text.yml}', '`text.yml`: Invalid configuration format'],
    ['{local: hash.yml}', 'Included file `hash.yml` does not have valid YAML syntax!'],
    ['{local: comment.yml}', 'Included file `comment.yml` does not have valid YAML syntax!'],
    [
      '{project: g/q, file: a.yml}',
      'Project `g/q` not found or access denied! Make sure any includes in the pipeline configuration are correctly defined.',
    ],
    ['{project: g/p, file: a.yml, ref: nope}', 'Project `g/p` reference `nope` does not exist!'],
    ['{project: g/p, file: no.yml}', 'Project `g/p` file `no.yml` does not exist!'],
    ['{project: g/p, file: empty.yml}', 'Project `g/p` file `empty.yml` is empty!'],
    ['{remote: "https://x.org/a"}', 'Included file `https://x.org/a` does not have YAML extension!'],
    ['{remote: "ftp://x.org/a.yml"}', 'Remote file `ftp://x.org/a.yml` does not have a valid address!'],
    [
      '{remote: "https://x.org/500.yml"}',
      'Remote file `https://x.org/500.yml` could not be fetched after 3 attempts because of HTTP code `500` error!',
    ],
    [
      '{remote: "https://x.org/bad.yml"}',
      'Remote file `https://x.org/bad.yml` could not be fetched because a timeout error!',
    ],
    [
      '{remote: "https://x.org/empty.yml"}',
      'Remote file `https://x.org/empty.yml` could not be fetched because the response was empty!',
    ],
    ['{template: X.yml}', 'Template file `X.yml` is not a valid location!'],
    ['{template: X.gitlab-ci.yml}', 'Included file `X.gitlab-ci.yml` is empty or does not exist!'],
    ['{component: g/p/c@1}', "Component 'g/p/c@1' - the component path is not supported"],
    ['{local: empty.yml, inputs: x}', 'Local file `empty.yml` is empty!'],
  ])('include: %s', async (include, message) => {
    expect((await messagesOf(`include: ${include}\nk: {script: a}`, {}, from))[0]).toBe(message)
  })

  test('a broken file is reported at its own line', async () => {
    const result = await compile('include: broken.yml', {}, from)
    expect(result).toMatchObject({ errors: [{ file: 'broken.yml', line: 1 }] })
  })

  test('a missing file is reported where it is included', async () => {
    const result = await compile('k: {script: a}\ninclude:\n  - local: no.yml\n', {}, from)
    expect(result).toMatchObject({ errors: [{ file: '.gitlab-ci.yml', line: 3, column: 5 }] })
  })

  test('components: unknown project, version and file', async () => {
    const context = { predefined: [variable('CI_SERVER_FQDN', 'x.org')] }
    const message = async (address: string) =>
      (await messagesOf(`include: {component: "${address}"}`, context, from))[0]
    expect(await message('x.org/g/q/c@main')).toBe(
      "Component 'x.org/g/q/c@main' - project does not exist or you don't have sufficient permissions",
    )
    expect(await message('x.org/g/p/c@nope')).toBe("Component 'x.org/g/p/c@nope' - content not found")
    expect(await message('x.org/g/p/c@main')).toBe("Component 'x.org/g/p/c@main' - content not found")
    expect(await message('x.org/g/p/c@~latest')).toBe("Component 'x.org/g/p/c@~latest' - content not found")
    expect(await message('y.org/g/p/c@main')).toBe("Component 'y.org/g/p/c@main' - the component path is not supported")
  })

  test('a file that includes itself ends at 150 includes', async () => {
    const loop = files({ 'a.yml': 'include: a.yml' })
    expect(await messagesOf('include: a.yml', {}, loop)).toEqual(['Maximum of 150 nested includes are allowed!'])
  })

  test('150 includes are allowed, one more is not', async () => {
    const many = (count: number) => `include: [${Array.from({ length: count }, () => 'a.yml').join(', ')}]`
    const one = files({ 'a.yml': job('x') })
    expect((await compile(many(150), {}, one)).kind).toBe('plan')
    expect(await messagesOf(many(151), {}, one)).toEqual(['Maximum of 150 nested includes are allowed!'])
  })

  test('all files together must not be too long', async () => {
    const big = files({ 'a.yml': `j: {script: a}\n#${'x'.repeat(1_000_000)}\n` })
    const include = `include: [${Array.from({ length: 10 }, () => 'a.yml').join(', ')}]`
    expect(await messagesOf(include, {}, big)).toEqual(['Total size of combined CI/CD configuration is too big'])
  })
})
