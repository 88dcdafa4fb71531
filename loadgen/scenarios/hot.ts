/** The issue's own: 1,024 answer at 40/s in one conversation that takes 5/s; five thousand deliveries a second come of it. */
import type { Scenario } from '../scenario/scenario.ts';

export default {
  name: 'hot',
  about: 'a conversation of 1,024 members who all answer does not slow its neighbours',
  population: { connections: 3_072, conversations: 600, heartbeatSeconds: 30 },
  arrival: { connectionsPerSecond: 500, sendsPerSecond: 200 },
  duration: { warmSeconds: 15, calmSeconds: 30, disturbedSeconds: 30, turns: 3, guardSeconds: 2 },
  behaviours: [{ kind: 'hot', members: 1_024, answersPerSecond: 40 }],
  objectives: { neighboursTimes: 1.5 },
  box: { conversationRate: 5 },
} satisfies Scenario;
