/** What telling the services of phones costs. The client is this project's; what the services allow is theirs and may change. */
import { between, exactly, type Quantity, type Source } from './quantity.ts';

const chosen = (why: string): Source => ({ kind: 'chosen', why });

export const PUSH_COEFFICIENTS = {
  pushUsPerNotice: {
    ...between(50, 100, 250),
    unit: 'us/request',
    what: 'processor time of a notice: one POST over HTTP/2 with TLS, and its answer',
    source: chosen('not measured; a request of this runtime over HTTP/1.1 costs 15 to 40 us'),
  },
  pushAnswerMs: {
    ...between(30, 100, 300),
    unit: 'ms',
    what: 'time from a notice to its answer',
    source: chosen('a round trip to the service’s region and its own work'),
  },
  pushInFlight: {
    ...exactly(100),
    unit: '1',
    what: 'notices that a connection has in flight',
    source: { kind: 'cited', where: 'services/push/push-http.ts', date: '2026-11-25' },
  },
  pushStreamsAllowed: {
    ...exactly(1_000),
    unit: '1',
    what: 'streams that APNs allows on a connection; "don’t assume a specific number"',
    source: {
      kind: 'cited',
      where: 'github.com/ninenines/gun/issues/246 (typically 1,000); developer.apple.com, establishing a connection to APNs',
      date: '2026-11-25',
    },
  },
  pushConnectionsPerProcess: {
    ...exactly(8),
    unit: '1',
    what: 'connections to the services that a process keeps',
    source: chosen('several keep one service’s slowness from the others’ notices'),
  },
  pushFcmPerSecond: {
    ...exactly(10_000),
    unit: 'requests/s',
    what: 'notices that FCM takes from a project by default: 600,000 a minute',
    source: { kind: 'cited', where: 'firebase.google.com/docs/cloud-messaging/throttling-and-quotas', date: '2026-11-25' },
  },
  pushFcmShare: {
    ...between(0.6, 0.72, 0.8),
    unit: '1',
    what: 'share of notices that go to FCM',
    source: chosen('about seven phones in ten run Android'),
  },
  pushTriesPerNotice: {
    ...between(1, 1.02, 1.1),
    unit: '1',
    what: 'requests per notice',
    source: chosen('what is not answered is told again, five times at most'),
  },
  pushNoticeBytes: {
    ...between(500, 900, 1_500),
    unit: 'B',
    what: 'bytes on the wire of a notice and its answer',
    source: chosen('headers packed by HPACK, a device token of 64 to 160 characters'),
  },
  pushProcessBytes: {
    ...between(100e6, 200e6, 300e6),
    unit: 'B',
    what: 'memory of a process',
    source: chosen('as any process of this runtime under load'),
  },
  pushBoxCores: { ...exactly(8), unit: 'cores', what: 'processors of the largest box that is bought', source: chosen('a common shape') },
  pushBoxMemoryBytes: { ...exactly(16e9), unit: 'B', what: 'memory of a box', source: chosen('2 GB a processor') },
  pushBoxNetworkBytes: { ...exactly(1.25e9), unit: 'B/s', what: 'network of a box, each way', source: chosen('10 Gbit/s') },
} as const satisfies Readonly<Record<string, Quantity>>;
