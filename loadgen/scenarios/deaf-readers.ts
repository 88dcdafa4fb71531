/** One attack alone, so that what it costs is not that of another. */
import type { Scenario } from '../scenario/scenario.ts';

export default {
  name: 'deaf-readers',
  about: 'readers that stop reading are cut at their buffer, and cost nobody else',
  population: { connections: 1_000, conversations: 300 },
  arrival: { connectionsPerSecond: 500, sendsPerSecond: 150 },
  duration: { warmSeconds: 10, calmSeconds: 15, disturbedSeconds: 15, turns: 3 },
  behaviours: [{ kind: 'slow', attacks: ['deaf'], clients: 40, floodPerSecond: 0 }],
  objectives: { neighboursTimes: 1.5 },
} satisfies Scenario;
