/** All attacks at once. The flood comes faster than one address may try, so that both of its limits are seen. */
import type { Scenario } from '../scenario/scenario.ts';

export default {
  name: 'slow',
  about: 'clients that stop reading, trickle, fall silent, send too much or flood cost only themselves',
  population: { connections: 1_000, conversations: 300, heartbeatSeconds: 30 },
  arrival: { connectionsPerSecond: 150, sendsPerSecond: 150 },
  duration: { warmSeconds: 10, calmSeconds: 20, disturbedSeconds: 20, turns: 3, guardSeconds: 1 },
  behaviours: [
    {
      kind: 'slow',
      attacks: ['deaf', 'mute', 'noHello', 'halfOpen', 'trickle', 'oversize', 'flood'],
      clients: 20,
      floodPerSecond: 300,
    },
  ],
  objectives: { neighboursTimes: 1.5 },
  box: { attemptsPerAddressPerSecond: 200 },
} satisfies Scenario;
