/** `parley hot`: one conversation whose members all answer, and what its neighbours notice of it. */
import { scenarioVerb } from './scenario.ts';

export const verb = scenarioVerb(
  'hot',
  'one conversation of 1,024 members who all answer, in turns with calm: its neighbours must not notice',
  `The conversation's rate refuses what it can't take; refused answers are counted, and told apart from lost ones.`,
);
