/** A conversation of a school class that all answer: small, frequent, and within its rate. */
import type { Scenario } from '../scenario/scenario.ts';

export default {
  name: 'hot-class',
  about: 'a conversation of 32 who answer within its rate: none is refused, and nobody else notices',
  population: { connections: 1_000, conversations: 300 },
  arrival: { connectionsPerSecond: 500, sendsPerSecond: 150 },
  duration: { warmSeconds: 10, calmSeconds: 20, disturbedSeconds: 20, turns: 3 },
  behaviours: [{ kind: 'hot', members: 32, answersPerSecond: 5 }],
  objectives: { neighboursTimes: 1.5 },
  box: { conversationRate: 50 },
} satisfies Scenario;
