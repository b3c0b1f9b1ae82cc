/** Colours that pass WCAG AA in light and dark; test/browser/accessibility.test.ts holds every page to it. */
import {
  Anchor,
  type CSSVariablesResolver,
  createTheme,
  type MantineColorsTuple,
  Notification,
  Tooltip,
} from '@mantine/core'

const ink: MantineColorsTuple = [
  '#eef1ff',
  '#dde2fb',
  '#b9c2f3',
  '#939fec',
  '#7482e6',
  '#5f70e2',
  '#5266e0',
  '#4254c7',
  '#3b4cca',
  '#2c3c9e',
]
const approve: MantineColorsTuple = [
  '#e8f8ee',
  '#d5efdf',
  '#a9debd',
  '#7acc98',
  '#53be79',
  '#3bb565',
  '#2dab5a',
  '#1f944a',
  '#18773b',
  '#105a2b',
]
const reject: MantineColorsTuple = [
  '#ffecec',
  '#fbd8d8',
  '#f1afaf',
  '#e78483',
  '#e87473',
  '#dc4846',
  '#d93b39',
  '#c12d2c',
  '#b32524',
  '#8f1a1a',
]

export const theme = createTheme({
  primaryColor: 'ink',
  colors: { ink, approve, reject },
  primaryShade: 8,
  defaultRadius: 'md',
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif',
  fontFamilyMonospace:
    'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace',
  headings: { fontWeight: '650' },
  components: {
    Anchor: Anchor.extend({ defaultProps: { underline: 'hover' } }),
    Tooltip: Tooltip.extend({
      defaultProps: { multiline: true, maw: 340, withArrow: true, events: { hover: true, focus: true, touch: true } },
    }),
    Notification: Notification.extend({
      defaultProps: { withBorder: true, closeButtonProps: { 'aria-label': 'Close message' } },
    }),
  },
})

/** Mantine's dimmed text and links are too faint for AA. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#57606a',
    '--mantine-color-anchor': 'var(--mantine-color-ink-8)',
    '--mantine-color-body': '#ffffff',
    '--mantine-color-error': 'var(--mantine-color-reject-8)',
    '--mantine-color-placeholder': '#6b737c',
  },
  dark: {
    '--mantine-color-dimmed': '#a9afb8',
    '--mantine-color-anchor': 'var(--mantine-color-ink-2)',
    '--mantine-color-error': 'var(--mantine-color-reject-2)',
    '--mantine-color-placeholder': '#9aa1ab',
  },
})
