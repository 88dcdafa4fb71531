/**
 * What a verb of `parley` is, and the exit codes that every verb keeps to. A verb's module exports `verb`; parley.ts
 * loads it, answers `--help` from it, and ends the process with what `run` gives.
 */
export interface Verb {
  /** One line for the list of verbs. */
  readonly summary: string;
  /** What `parley VERB --help` prints: usage, options with their defaults and units, an example. */
  readonly help: string;
  /** `args` are the words after the verb, without `--help`. Resolves to an exit code; a bad option is `EXIT.couldNotRun`. */
  run(args: string[]): Promise<number>;
}

export const EXIT = {
  /** Nothing was refuted. */
  ok: 0,
  refuted: 1,
  inconclusive: 2,
  couldNotRun: 3,
} as const;
