/**
 * What the users ask of the fleet. The default is the source document's own sheet (2 B users, 1 B connections, 100 B
 * messages a day, 5 M sends/s); what the sheet leaves open has a range and the place that it was taken from.
 * A workload holds no property of the system: those are coefficients.
 */
import { between, exactly, type Numbers, type Quantity, type Source } from './quantity.ts';

const SHEET: Source = { kind: 'cited', where: 'source document, table "Capacity Estimation"', date: '2026-11-25' };
const TEXT: Source = { kind: 'cited', where: 'source document, text', date: '2026-11-25' };
const chosen = (why: string): Source => ({ kind: 'chosen', why });

export const DEFAULT_WORKLOAD = {
  dailyUsers: { ...exactly(2e9), unit: 'users', what: 'users on a day', source: SHEET },
  connections: { ...between(0.9e9, 1e9, 1.1e9), unit: 'connections', what: 'connections open at the peak', source: SHEET },
  devicesPerUser: {
    ...between(1, 1.2, 1.5),
    unit: 'devices/user',
    what: 'devices of a user that receive, connected or not',
    source: chosen('most users have a phone only; up to five devices are allowed'),
  },
  messagesPerUserDay: { ...exactly(50), unit: 'messages/user/day', what: 'messages that a user sends on a day', source: SHEET },
  peakSendsPerSecond: { ...exactly(5e6), unit: 'messages/s', what: 'sends at the peak that must be served', source: SHEET },
  groupMessageShare: {
    ...between(0.2, 0.35, 0.5),
    unit: '1',
    what: 'share of messages that go to a group',
    source: chosen('no figure is public; a range that covers what operators told'),
  },
  meanGroupMembers: {
    ...between(5, 10, 25),
    unit: 'users',
    what: 'members of the group that a group message goes to, the sender too, mean over messages',
    source: chosen('most groups are families and circles of friends; the limit is 1,024'),
  },
  bodyBytes: { ...exactly(200), unit: 'B/message', what: 'body as stored, compressed', source: SHEET },
  mediaShare: {
    ...exactly(0),
    unit: '1',
    what: 'share of messages whose media the fleet itself stores; 0 where a message carries a link',
    source: chosen('the source document stores text and links'),
  },
  mediaBytes: {
    ...between(50e3, 200e3, 1e6),
    unit: 'B/message',
    what: 'media of a message that has one which the fleet stores',
    source: chosen('a photograph as messengers send it; counts only where mediaShare is above 0'),
  },
  receiptsPerDelivery: {
    ...between(0.5, 1.2, 2),
    unit: 'receipts/delivery',
    what: 'receipts (delivered, read) that a device sends per message delivered to it',
    source: chosen('both for each at most; one mark stands for all before it, so a busy conversation sends fewer'),
  },
  retentionDays: {
    ...between(30, 365, 3_650),
    unit: 'days',
    what: 'how long a message is kept',
    source: chosen('the source document is silent; one year, and the range of common policies'),
  },
  heartbeatSeconds: { ...exactly(30), unit: 's', what: 'time between heartbeats of a connection', source: TEXT },
  sessionSeconds: {
    ...between(600, 1_800, 7_200),
    unit: 's',
    what: 'mean life of a connection',
    source: chosen('mobile networks and backgrounding end a connection within an hour'),
  },
  presenceReadsPerSecond: {
    ...between(3e5, 1e6, 2e6),
    unit: 'reads/s',
    what: 'reads of "is this user online"',
    source: { kind: 'cited', where: 'source document: "hundreds of thousands of QPS"; the mid is with headroom', date: '2026-11-25' },
  },
  presenceWatchesPerConnection: {
    ...between(1, 3, 10),
    unit: '1',
    what: 'users whose presence a connection watches at a time',
    source: chosen('who looks at a list of chats watches those on the screen'),
  },
  typingPerMessage: { ...between(0.2, 0.5, 1), unit: '1', what: 'typing signals per message', source: chosen('throttled to one per 3 s') },
  listReadsPerSession: {
    ...between(0.5, 1, 2),
    unit: '1',
    what: 'reads of the conversation list per connection opened',
    source: chosen('a device that resumes reads it once'),
  },
  historyReadsPerSession: {
    ...between(1, 3, 10),
    unit: '1',
    what: 'reads of the last 50 messages of a conversation per connection opened',
    source: chosen('a few conversations are opened at a visit'),
  },
  offlineShare: {
    ...between(0.2, 0.4, 0.6),
    unit: '1',
    what: 'share of recipient devices that are not connected when a message comes',
    source: chosen('1 B connections for 2.4 B devices at the peak'),
  },
  stormShare: { ...exactly(0.5), unit: '1', what: 'share of a cell’s connections that may come back at once', source: chosen('half') },
  stormSeconds: { ...exactly(300), unit: 's', what: 'time in which all of a storm must be back', source: chosen('five minutes') },
  regions: { ...exactly(1), unit: '1', what: 'regions that each hold the share of their users', source: chosen('one, until asked') },
  zones: { ...exactly(3), unit: '1', what: 'zones of a region; the loss of one is survived', source: chosen('replication factor 3') },
} as const satisfies Readonly<Record<string, Quantity>>;

export type WorkloadKey = keyof typeof DEFAULT_WORKLOAD;
export type Workload = Readonly<Record<WorkloadKey, Quantity>>;
export type WorkloadNumbers = Numbers<Workload>;
