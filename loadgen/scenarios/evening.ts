/** Plain traffic at the objectives of the sheet. */
import type { Scenario } from '../scenario/scenario.ts';

export default {
  name: 'evening',
  about: 'ten thousand connections and 1,000 sends a second within the objectives of the sheet',
  population: { connections: 10_000 },
  arrival: { connectionsPerSecond: 1_000, sendsPerSecond: 1_000 },
  duration: { warmSeconds: 15, calmSeconds: 120, disturbedSeconds: 0, turns: 1 },
  behaviours: [],
  objectives: { acceptedP99Ms: 200, deliveredP99Ms: 500 },
} satisfies Scenario;
