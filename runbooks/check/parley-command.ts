/** Whether a command of `parley` exists: its verb in the table, each option in what the verb says of itself. */
import { nearestName } from '../../bin/nearest-name.ts';

/** Help by verb. */
export type VerbHelp = ReadonlyMap<string, string>;

/** `words` without `parley` itself. Gives what is wrong, or nothing. */
export function parleyProblem(words: readonly string[], help: VerbHelp): string | undefined {
  const [verb, ...rest] = words;
  if (verb === undefined) return undefined;
  const text = help.get(verb);
  if (text === undefined) {
    const nearest = nearestName(verb, [...help.keys()]);
    return `there is no verb parley ${verb}${nearest === undefined ? '' : `; is it ${nearest}`}`;
  }
  const known = new Set(text.match(/--[a-z0-9][a-z0-9-]*/g));
  for (const word of rest) {
    const option = /^--[^=]+/.exec(word)?.[0];
    if (option !== undefined && !known.has(option) && option !== '--help') return `parley ${verb} has no option ${option}`;
  }
  return undefined;
}
