/** `parley mobile`: devices that vanish, sleep and wake, and what a heartbeat period costs their batteries. */
import { scenarioVerb } from './scenario.ts';

export const verb = scenarioVerb(
  'mobile',
  'devices that vanish, sleep and wake: bytes and wake-ups an hour by heartbeat period, as a table',
  'Each period has devices of its own; bytes and wake-ups are counted at the clients, and nothing may be lost to a device that slept.',
);
