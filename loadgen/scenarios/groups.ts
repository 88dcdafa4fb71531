/** Mostly groups: a send is 5 to 6 deliveries. */
import type { Scenario } from '../scenario/scenario.ts';

export default {
  name: 'groups',
  about: 'traffic that is mostly groups of 3 to 16',
  population: { connections: 2_000, groupShare: 0.9 },
  arrival: { connectionsPerSecond: 500, sendsPerSecond: 300 },
  duration: { warmSeconds: 10, calmSeconds: 60, disturbedSeconds: 0, turns: 1 },
  behaviours: [],
  objectives: { acceptedP99Ms: 200, deliveredP99Ms: 500 },
} satisfies Scenario;
