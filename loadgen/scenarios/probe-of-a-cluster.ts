/** Small enough for a system that others use: it leaves at the first sign that these notice. */
import type { Scenario } from '../scenario/scenario.ts';

export default {
  name: 'probe-of-a-cluster',
  about: 'a hundred test users on a cluster that exists, which is left alone when it is slow or refuses',
  population: { connections: 100 },
  arrival: { connectionsPerSecond: 20, sendsPerSecond: 10 },
  duration: { warmSeconds: 5, calmSeconds: 60, disturbedSeconds: 0, turns: 1 },
  behaviours: [],
  objectives: { acceptedP99Ms: 200, deliveredP99Ms: 500, abort: { windowSeconds: 5, acceptedP99Ms: 1_000, failedShare: 0.02 } },
} satisfies Scenario;
