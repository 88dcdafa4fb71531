/** `parley slow`: clients that cost a server more than they should, and which limit of the box catches each. */
import { scenarioVerb } from './scenario.ts';

export const verb = scenarioVerb(
  'slow',
  'readers that stop, half-open and trickled handshakes, oversize frames, floods: which limit catches each',
  'Attackers come in turns with calm; the others must not notice, and each attacker must be ended within its bound.',
);
