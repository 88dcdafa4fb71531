/** Devices that sleep all the time, on short periods: many resumes. */
import type { Scenario } from '../scenario/scenario.ts';

export default {
  name: 'sleepers',
  about: 'devices that fall asleep every two minutes and come back have all that they missed',
  population: { connections: 900, conversations: 300 },
  arrival: { connectionsPerSecond: 300, sendsPerSecond: 60 },
  duration: { warmSeconds: 5, calmSeconds: 20, disturbedSeconds: 60, turns: 1 },
  behaviours: [{ kind: 'mobile', heartbeatSeconds: [5, 10], sleepsPerDeviceHour: 30, sleepSeconds: 8, radioTailSeconds: 3 }],
  objectives: { neighboursTimes: 1.5 },
} satisfies Scenario;
