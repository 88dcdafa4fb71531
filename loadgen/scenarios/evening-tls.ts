/** The same with TLS, at the rate of handshakes that TLS leaves. */
import type { Scenario } from '../scenario/scenario.ts';

import evening from './evening.ts';

export default {
  ...evening,
  name: 'evening-tls',
  about: 'the evening over TLS',
  arrival: { ...evening.arrival, connectionsPerSecond: 300 },
  box: { tls: true },
} satisfies Scenario;
