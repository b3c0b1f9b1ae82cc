import { Alert, Button, Container, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Navigate, useNavigate, useSearchParams } from 'react-router'
import { signIn } from '../../../contract/session.ts'
import { adoptSession, client } from '../../api/client.ts'
import type { ApiFailure } from '../../api/query.ts'
import { usePageTitle } from '../../components/use-page-title.ts'
import { sessionKey } from '../../session/session-key.ts'
import { safeReturn } from '../../session/sign-in-path.ts'
import { useSession } from '../../session/use-session.ts'
import { BrandSign } from '../../shell/brand-sign.tsx'

interface Credentials {
  login: string
  password: string
}

/** /users/sign_in: name and password; then the page that was asked for. */
export function SignInPage() {
  usePageTitle('Sign in')
  const [search] = useSearchParams()
  const target = safeReturn(search.get('return_to'))
  const session = useSession()
  const entering = useSignIn(target)
  if (session.data?.user && !entering.isPending) return <Navigate to={target} replace />
  return (
    <Container component="main" id="main" size={400} py="10vh">
      <Stack align="center" gap="xs" mb="lg">
        <BrandSign size={48} />
        <Title order={1} size="h2">
          Sign in to Countersign
        </Title>
        {target === '/' ? null : <Text c="dimmed">Then you come back to the page you asked for.</Text>}
      </Stack>
      <SignInForm entering={entering} />
    </Container>
  )
}

function useSignIn(target: string) {
  const queries = useQueryClient()
  const navigate = useNavigate()
  return useMutation<unknown, ApiFailure, Credentials>({
    mutationFn: async (credentials) => {
      const session = adoptSession(await client.call(signIn, credentials))
      queries.setQueryData(sessionKey, session)
    },
    onSuccess: () => navigate(target, { replace: true }),
  })
}

function SignInForm({ entering }: { readonly entering: ReturnType<typeof useSignIn> }) {
  const form = useForm<Credentials>({
    mode: 'uncontrolled',
    initialValues: { login: '', password: '' },
    validate: {
      login: (value) => (value.trim() === '' ? 'Enter your username or email' : null),
      password: (value) => (value === '' ? 'Enter your password' : null),
    },
  })
  return (
    <Paper withBorder p="lg">
      <form onSubmit={form.onSubmit((values) => entering.mutate(values))} noValidate>
        <Stack>
          {entering.error ? (
            <Alert color="reject" role="alert" title="Not signed in">
              {entering.error.message}
            </Alert>
          ) : null}
          <TextInput
            label="Username or email"
            autoComplete="username"
            autoCapitalize="none"
            autoFocus
            key={form.key('login')}
            {...form.getInputProps('login')}
          />
          <PasswordInput
            label="Password"
            autoComplete="current-password"
            key={form.key('password')}
            {...form.getInputProps('password')}
          />
          <Button type="submit" fullWidth loading={entering.isPending}>
            Sign in
          </Button>
        </Stack>
      </form>
    </Paper>
  )
}
