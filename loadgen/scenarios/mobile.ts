/** Four periods beside one another; a message every few minutes reaches a device, as it does a real one. */
import type { Scenario } from '../scenario/scenario.ts';

export default {
  name: 'mobile',
  about: 'what a heartbeat period costs a battery, and what it takes to notice who is gone; nothing is lost to who slept',
  population: { connections: 1_000, conversations: 300, heartbeatSeconds: 30 },
  arrival: { connectionsPerSecond: 500, sendsPerSecond: 10 },
  duration: { warmSeconds: 5, calmSeconds: 10, disturbedSeconds: 285, turns: 1 },
  behaviours: [{ kind: 'mobile', heartbeatSeconds: [15, 30, 60, 120], sleepsPerDeviceHour: 6, sleepSeconds: 60, radioTailSeconds: 10 }],
  objectives: {},
} satisfies Scenario;
