import { expect, it } from 'vitest'
import { rewriteGitUrl } from '../../src/http/git-routes.ts'

it.each([
  ['/g/p.git/info/refs?service=git-upload-pack', '/-/git/g%2Fp/info/refs?service=git-upload-pack'],
  ['/g/s/p.git/git-upload-pack', '/-/git/g%2Fs%2Fp/git-upload-pack'],
  ['/g/p/git-receive-pack', '/-/git/g%2Fp/git-receive-pack'],
  ['/g%2Fp.git/info/refs', '/-/git/g%2Fp/info/refs'],
  ['/g/p.git.git/info/refs', '/-/git/g%2Fp.git/info/refs'],
  ['/g/%zz.git/info/refs', '/-/git/g%2F%25zz/info/refs'],
])('%s is git at %s', (url, expected) => {
  expect(rewriteGitUrl(url)).toBe(expected)
})

it.each([
  '/',
  '/g/p.git',
  '/g/p.git/HEAD',
  '/g/p.git/info/refs/x',
  '/search?q=/g/p.git/info/refs',
  '/api/v4/projects/1/repository/branches/info/refs',
  '/g/p/-/blob/main/info/refs',
  '/-/git/g%2Fp/info/refs',
])('%s is not', (url) => {
  expect(rewriteGitUrl(url)).toBe(url)
})
