/** What the runner asks of its file helper (standard input, JSON). */
export type FileHelperRequest = {
  /** The account to drop to before touching anything but `archive`; null: stay. */
  readonly account: { readonly uid: number; readonly gid: number } | null
  /** The job's project directory. */
  readonly root: string
  /** A file of the runner's: created by `pack`, read by `unpack`. */
  readonly archive: string
} & (
  | {
      readonly action: 'pack'
      /** zip: one archive; gzip: one member per file, concatenated; raw: exactly one file, as it is. */
      readonly format: 'zip' | 'gzip' | 'raw'
      readonly paths: readonly string[]
      readonly exclude: readonly string[]
      /** Also the files that git does not track. */
      readonly untracked: boolean
    }
  | { readonly action: 'unpack' }
)

/** Its answer (standard output, JSON). `notes` are lines for the job's log; `count` 0 from `pack`: nothing to upload. */
export type FileHelperResult =
  | { readonly ok: true; readonly count: number; readonly notes: readonly string[] }
  | { readonly ok: false; readonly problem: string; readonly notes: readonly string[] }
