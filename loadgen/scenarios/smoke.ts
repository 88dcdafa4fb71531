/** The smallest that shows anything: half a minute. */
import type { Scenario } from '../scenario/scenario.ts';

export default {
  name: 'smoke',
  about: 'two hundred users who talk for half a minute: the tool works, and the box does',
  population: { connections: 200 },
  arrival: { connectionsPerSecond: 200, sendsPerSecond: 40 },
  duration: { warmSeconds: 5, calmSeconds: 20, disturbedSeconds: 0, turns: 1 },
  behaviours: [],
  objectives: { acceptedP99Ms: 200, deliveredP99Ms: 500 },
} satisfies Scenario;
