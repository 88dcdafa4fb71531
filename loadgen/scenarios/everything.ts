/** All behaviours at once, small: what the test of this folder runs. */
import type { Scenario } from '../scenario/scenario.ts';

export default {
  name: 'everything',
  about: 'a hot conversation, attackers and sleeping devices at once, in under a minute',
  population: { connections: 360, conversations: 240, heartbeatSeconds: 5 },
  arrival: { connectionsPerSecond: 150, sendsPerSecond: 60 },
  duration: { warmSeconds: 1, calmSeconds: 3, disturbedSeconds: 18, turns: 1 },
  behaviours: [
    { kind: 'hot', members: 64, answersPerSecond: 8 },
    {
      kind: 'slow',
      attacks: ['deaf', 'mute', 'noHello', 'halfOpen', 'trickle', 'oversize', 'flood'],
      clients: 3,
      floodPerSecond: 150,
    },
    { kind: 'mobile', heartbeatSeconds: [1, 3], sleepsPerDeviceHour: 120, sleepSeconds: 4, radioTailSeconds: 0.5 },
  ],
  objectives: { neighboursTimes: 1.5 },
  box: { conversationRate: 3, attemptsPerAddressPerSecond: 100 },
} satisfies Scenario;
