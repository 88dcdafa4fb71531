/** `parley hold`: opens connections at a set rate and holds them with heartbeats. */
import { loadVerb } from './load-command.ts';

export const verb = loadVerb(
  'hold',
  'open connections to a box at a set rate and hold them',
  'Opens N connections, measures memory at five sizes on the way, holds them with heartbeats, and judges the claim of N.',
  'parley hold --connections 1000000 --heartbeat-seconds 60',
);
