import { Group, PasswordInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import {
  activateUser,
  blockUser,
  deactivateUser,
  deleteUser,
  getUserActions,
  unblockUser,
  updateUser,
} from '../../../contract/people.ts'
import { query, useWrite } from '../../api/query.ts'
import { ConfirmAction } from '../../components/confirm-action.tsx'
import { DialogButton } from '../../components/dialog-button.tsx'
import { fieldErrors } from '../../components/form-errors.ts'
import { QueryState } from '../../components/page-state.tsx'
import { say } from '../../components/said.ts'
import { WriteForm } from '../../components/write-form.tsx'
import { adminUsersPath } from '../../paths.ts'
import type { AdminUser } from './user-page.tsx'

/** Everything that may be done to an account; what may not says why. */
export function UserActions({ user }: { readonly user: AdminUser }) {
  const navigate = useNavigate()
  const actions = useQuery(query(getUserActions, { id: user.id }))
  const { name } = user
  const own = { input: { id: user.id }, variant: 'default' } as const
  return (
    <QueryState query={actions} label="What may be done">
      {(may) => (
        <Group gap="xs">
          {user.state === 'blocked' ? (
            <ConfirmAction
              {...own}
              operation={unblockUser}
              refusal={may.unblock.reason}
              label="Unblock"
              title="Unblock user"
              done={`${name} is let in again.`}
            >
              Lets {name} sign in again; their tokens work again, too.
            </ConfirmAction>
          ) : (
            <ConfirmAction
              {...own}
              operation={blockUser}
              refusal={may.block.reason}
              label="Block"
              title="Block user"
              done={`${name} is blocked.`}
              danger
            >
              Signs {name} out everywhere; they cannot sign in, and their tokens do not work. Their votes on deployments
              that have not started no longer count.
            </ConfirmAction>
          )}
          {user.state === 'deactivated' ? (
            <ConfirmAction
              {...own}
              operation={activateUser}
              refusal={may.activate.reason}
              label="Activate"
              title="Activate user"
              done={`${name} is let in again.`}
            >
              Lets {name} sign in again.
            </ConfirmAction>
          ) : (
            <ConfirmAction
              {...own}
              operation={deactivateUser}
              refusal={may.deactivate.reason}
              label="Deactivate"
              title="Deactivate user"
              done={`${name} is deactivated.`}
              danger
            >
              For somebody who left: signs {name} out everywhere, and they cannot sign in.
            </ConfirmAction>
          )}
          <ConfirmAction
            {...own}
            operation={updateUser}
            input={{ id: user.id, admin: user.is_admin !== true }}
            refusal={may.change_admin.reason}
            label={user.is_admin ? 'Make an ordinary user' : 'Make administrator'}
            title={user.is_admin ? 'Take the rights of an administrator' : 'Make administrator'}
            done={user.is_admin ? `${name} is an ordinary user.` : `${name} is an administrator.`}
            danger
          >
            {user.is_admin
              ? `${name} keeps only the roles they have in groups and projects.`
              : `${name} will see and change everything on this server, and everybody’s accounts.`}
          </ConfirmAction>
          <DialogButton label="Set password" title={`Set the password of ${name}`} refusal={null} variant="default">
            {(close) => <PasswordForm user={user} close={close} />}
          </DialogButton>
          <ConfirmAction
            {...own}
            operation={deleteUser}
            refusal={may.delete.reason}
            label="Delete"
            title="Delete user"
            done={`The account of ${name} was deleted.`}
            onDone={() => void navigate(adminUsersPath)}
            typed={user.username}
            danger
          >
            Deletes the account of {name} (@{user.username}), their personal projects and their tokens. It cannot be
            undone.
          </ConfirmAction>
        </Group>
      )}
    </QueryState>
  )
}

function PasswordForm({ user, close }: { readonly user: AdminUser; readonly close: () => void }) {
  const [password, setPassword] = useState('')
  const write = useWrite(updateUser)
  const error = write.error ? fieldErrors(write.error, ['password'])['password'] : undefined
  const send = () =>
    write.mutate(
      { id: user.id, password },
      {
        onSuccess: () => {
          say(`${user.name} has a new password and is signed out everywhere.`)
          close()
        },
      },
    )
  return (
    <WriteForm label="Set password" submit="Set password" write={write} cancel={close} onSubmit={send}>
      <PasswordInput
        label="New password"
        description="8 to 128 characters. They are signed out everywhere."
        autoComplete="new-password"
        data-autofocus
        visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        error={error ?? null}
      />
    </WriteForm>
  )
}
