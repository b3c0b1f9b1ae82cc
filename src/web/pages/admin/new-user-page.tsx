import { Checkbox, Paper, PasswordInput, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useNavigate } from 'react-router'
import { createUser } from '../../../contract/people.ts'
import { useWrite } from '../../api/query.ts'
import { fieldErrors } from '../../components/form-errors.ts'
import { PageHeader } from '../../components/page-header.tsx'
import { pathFromName } from '../../components/path-from-name.ts'
import { say } from '../../components/said.ts'
import { WriteForm } from '../../components/write-form.tsx'
import { adminUserPath, adminUsersPath } from '../../paths.ts'

interface Values {
  name: string
  username: string
  email: string
  password: string
  admin: boolean
}

/** /admin/users/new */
export function NewUserPage() {
  const navigate = useNavigate()
  const create = useWrite(createUser)
  const form = useForm<Values>({
    initialValues: { name: '', username: '', email: '', password: '', admin: false },
    validate: {
      name: (value) => (value.trim() === '' ? 'Enter a name' : null),
      email: (value) => (value.trim() === '' ? 'Enter an e-mail address' : null),
    },
  })
  const submit = ({ name, username, email, password, admin }: Values) =>
    create.mutate(
      {
        name,
        username: username || pathFromName(name),
        email,
        admin,
        ...(password === '' ? { force_random_password: true } : { password }),
      },
      {
        onSuccess: (user) => {
          say(`The account of ${user.name} was created.`)
          void navigate(adminUserPath(user.id))
        },
        onError: (error) => form.setErrors(fieldErrors(error, ['name', 'username', 'email', 'password'])),
      },
    )
  return (
    <>
      <PageHeader
        title="New user"
        documentTitle="New user · Administration"
        crumbs={[{ label: 'Users', to: adminUsersPath }]}
      >
        <Text c="dimmed">Nothing is mailed: tell them the password yourself.</Text>
      </PageHeader>
      <Paper withBorder p="lg" maw={640}>
        <WriteForm
          label="New user"
          submit="Create user"
          failure="Not created"
          write={create}
          onSubmit={() => form.onSubmit(submit)()}
        >
          <TextInput label="Name" required autoComplete="off" {...form.getInputProps('name')} />
          <TextInput
            label="Username"
            description="Their part of every address and mention."
            placeholder={pathFromName(form.values.name) || 'ada'}
            autoComplete="off"
            {...form.getInputProps('username')}
          />
          <TextInput label="E-mail" type="email" required autoComplete="off" {...form.getInputProps('email')} />
          <PasswordInput
            label="Password"
            description="8 to 128 characters. Left empty, they cannot sign in until you set one."
            autoComplete="new-password"
            visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
            {...form.getInputProps('password')}
          />
          <Checkbox
            label="Administrator"
            description="Sees and changes everything on this server."
            {...form.getInputProps('admin', { type: 'checkbox' })}
          />
        </WriteForm>
      </Paper>
    </>
  )
}
