import { Paper, PasswordInput, Stack, Text } from '@mantine/core'
import { IconLogout2 } from '@tabler/icons-react'
import { useState } from 'react'
import { changePassword, signOutEverywhere } from '../../../contract/session.ts'
import { useWrite } from '../../api/query.ts'
import { ActionButton } from '../../components/action-button.tsx'
import { fieldErrors } from '../../components/form-errors.ts'
import { PageHeader } from '../../components/page-header.tsx'
import { say } from '../../components/said.ts'
import { Section } from '../../components/section.tsx'
import { WriteForm } from '../../components/write-form.tsx'
import { useSignOut } from '../../session/use-sign-out.ts'

const show = { 'aria-label': 'Show the password' }

/** /profile/password */
export function PasswordPage() {
  const leave = useSignOut()
  return (
    <>
      <PageHeader title="Password and sessions" />
      <Stack gap="lg" maw={720}>
        <Paper withBorder p="lg">
          <PasswordForm />
        </Paper>
        <Section title="Sessions" padded>
          <Stack gap="sm" align="start">
            <Text size="sm">Ends every browser session of yours, this one too. Access tokens keep working.</Text>
            <ActionButton
              refusal={null}
              variant="default"
              leftSection={<IconLogout2 size={16} aria-hidden />}
              onClick={() => void leave(signOutEverywhere)}
            >
              Sign out everywhere
            </ActionButton>
          </Stack>
        </Section>
      </Stack>
    </>
  )
}

function PasswordForm() {
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const [again, setAgain] = useState('')
  const [differs, setDiffers] = useState(false)
  const write = useWrite(changePassword)
  const problem = write.error ? fieldErrors(write.error, ['password'])['password'] : undefined
  const send = () => {
    setDiffers(next !== again)
    if (next !== again) return
    write.mutate(
      { current_password: current, password: next },
      {
        onSuccess: () => {
          say('Your password was changed; other browsers are signed out.')
          for (const clear of [setCurrent, setNext, setAgain]) clear('')
        },
      },
    )
  }
  return (
    <WriteForm label="Change password" submit="Change password" failure="Not changed" write={write} onSubmit={send}>
      <PasswordInput
        label="Current password"
        autoComplete="current-password"
        visibilityToggleButtonProps={show}
        value={current}
        onChange={(event) => setCurrent(event.currentTarget.value)}
      />
      <PasswordInput
        label="New password"
        description="8 to 128 characters. Other browsers are signed out."
        autoComplete="new-password"
        visibilityToggleButtonProps={show}
        value={next}
        error={problem ?? null}
        onChange={(event) => setNext(event.currentTarget.value)}
      />
      <PasswordInput
        label="New password again"
        autoComplete="new-password"
        visibilityToggleButtonProps={show}
        value={again}
        error={differs ? 'Not the same' : null}
        onChange={(event) => setAgain(event.currentTarget.value)}
      />
    </WriteForm>
  )
}
