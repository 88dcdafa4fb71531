/** Connects without a token, faster than one address may. */
import type { Scenario } from '../scenario/scenario.ts';

export default {
  name: 'flood',
  about: 'a flood of connects without a token is refused before it costs much',
  population: { connections: 1_000, conversations: 300 },
  arrival: { connectionsPerSecond: 150, sendsPerSecond: 150 },
  duration: { warmSeconds: 10, calmSeconds: 15, disturbedSeconds: 15, turns: 3 },
  behaviours: [{ kind: 'slow', attacks: ['flood'], clients: 1, floodPerSecond: 800 }],
  objectives: { neighboursTimes: 1.5 },
  box: { attemptsPerAddressPerSecond: 200 },
} satisfies Scenario;
