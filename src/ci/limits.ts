/** Every bound of the language in one place (GitLab's figures where it has one, reference A19; the others are ours). */
export const LIMITS = {
  /** Characters of one configuration file. GitLab: max_yaml_size_bytes, 2 MiB. */
  fileLength: 2 * 1024 * 1024,
  /** Characters that the complete YAML parser, which is slow, may read for one pipeline. */
  completeParse: 2 * 1024 * 1024,
  /** Levels of nesting. GitLab: max_yaml_depth. */
  depth: 100,
  /** Nodes after anchors, `extends` and `!reference` are written out. */
  expandedNodes: 1_000_000,
  /** Entries that `<<` may copy in one file. */
  mergedEntries: 500_000,
  /** Characters after anchors, `extends` and `!reference` are written out. */
  expandedText: 64 * 1024 * 1024,
  /** Characters of all files of one pipeline together. */
  totalLength: 8 * 1024 * 1024,
  documents: 2,
  includes: 150,
  /** Files fetched at the same time. */
  parallelFetches: 4,
  extendsDepth: 10,
  referenceDepth: 10,
  nestedArrays: 10,
  needs: 50,
  parallel: 200,
  tags: 50,
  caches: 4,
  fallbackKeys: 5,
  cacheKeyFiles: 2,
  rulesPaths: 50,
  pathComparisons: 50_000,
  /** Paths that all `changes` and `exists` of one pipeline may compare. */
  allPathComparisons: 5_000_000,
  /** Patterns that one glob with braces may stand for. */
  globAlternatives: 1_000,
  expressionTokens: 100,
  /** Characters that all `=~` and `!~` of one pipeline may search. */
  searchedText: 50_000_000,
  pipelineInputs: 20,
  inputOptions: 50,
  jobInputs: 50,
  interpolationFunctions: 3,
  interpolationBlocks: 10_000,
  interpolationNodes: 500_000,
  interpolationNodeLength: 1024 * 1024,
  interpolationExpression: 1024,
  inputPathObjects: 5,
  inputPathArrays: 5,
  name: 255,
  /** Characters of a value after variables are filled in. */
  expandedValue: 1024 * 1024,
  /** Errors that are reported. */
  errors: 1_000,
  /** Warnings that are reported. GitLab: Gitlab::Ci::Warnings::MAX_LIMIT. */
  warnings: 25,
  exposeAs: 100,
  triggerIncludes: 3,
  /** Jobs of one pipeline. */
  jobs: 20_000,
  /** Seconds: `start_in` of a delayed job. */
  startIn: 7 * 86_400,
  /** Seconds: `timeout` of a job. */
  timeout: 30 * 86_400,
} as const
