/**
 * What a simulation does, as data: how many of each part there are, what the clients do, what goes wrong and when. Made
 * from a seed, and cut down piece by piece when it fails; so everything in it is a list or a number.
 */
import { seededNumbers } from '../runtime/seeded-numbers.ts';

export type Operation =
  | {
      readonly kind: 'create';
      readonly atMs: number;
      readonly client: number;
      readonly conversation: number;
      readonly users: readonly number[];
    }
  | { readonly kind: 'send'; readonly atMs: number; readonly client: number; readonly conversation: number; readonly bytes: number }
  | {
      readonly kind: 'addMember' | 'removeMember';
      readonly atMs: number;
      readonly client: number;
      readonly conversation: number;
      readonly user: number;
    }
  | { readonly kind: 'leave' | 'read'; readonly atMs: number; readonly client: number; readonly conversation: number }
  | { readonly kind: 'privacy'; readonly atMs: number; readonly client: number; readonly withhold: boolean };

export type FaultKind =
  /** A client's connection ends; `crash`: with everything that it had not kept; `pause`: it reads nothing. */
  | 'clientDrop'
  /** It ends again and again, soon after it was there. */
  | 'clientFlap'
  | 'clientCrash'
  | 'clientPause'
  | 'edgeCrash'
  | 'edgePause'
  /** The link between an edge and its relay breaks, in the middle of whatever is on it. */
  | 'linkCut'
  | 'relayCrash'
  | 'relayStop'
  | 'relayPause'
  | 'dispatchCrash'
  | 'dispatchStop'
  | 'dispatchPause'
  /** Partitions of `messages` go to other dispatchers, while the former owners do not know it yet. */
  | 'partitionsMove'
  | 'busOutage'
  | 'storeOutage'
  | 'routesOutage'
  /** The routes come back empty. */
  | 'routesLost'
  /** A gateway can't reach the routes: its lease lapses. */
  | 'leaseLapse'
  /** For a while many commands to the backends fail, most of them with an unknown outcome. */
  | 'storm'
  /** The clock of the bus is set back. */
  | 'clockBack';

export interface Fault {
  readonly kind: FaultKind;
  readonly atMs: number;
  readonly forMs: number;
  /** Which of the parts of the kind, modulo their number. */
  readonly target: number;
}

export interface Schedule {
  readonly seed: number;
  readonly gateways: number;
  readonly edges: number;
  readonly dispatchers: number;
  /** Bus, store, routes and dispatch are one process; store and routes are gone with it, the store is made again from the log. */
  readonly embedded: boolean;
  readonly users: number;
  /** User of each client; two of one user are two of his devices. */
  readonly clients: readonly number[];
  readonly partitions: number;
  /** Of ten thousand commands to a backend so many fail, outside of storms. */
  readonly failures: number;
  /** Messages a second that a conversation takes, and at once. */
  readonly messagesPerSecond: number;
  readonly burst: number;
  /** The clock of every second gateway is so far ahead. */
  readonly skewMs: number;
  readonly chaosMs: number;
  readonly operations: readonly Operation[];
  readonly faults: readonly Fault[];
}

const FAULTS: ReadonlyArray<readonly [kind: FaultKind, weight: number, longestMs: number]> = [
  ['clientDrop', 5, 0],
  ['clientFlap', 3, 1_500],
  ['clientCrash', 3, 1_500],
  ['clientPause', 2, 3_000],
  ['edgeCrash', 2, 800],
  ['edgePause', 2, 4_500],
  ['linkCut', 4, 0],
  ['relayCrash', 4, 1_500],
  ['relayStop', 2, 500],
  ['relayPause', 2, 3_000],
  ['dispatchCrash', 4, 1_500],
  ['dispatchStop', 2, 300],
  ['dispatchPause', 3, 4_000],
  ['partitionsMove', 4, 0],
  ['busOutage', 2, 2_500],
  ['storeOutage', 2, 2_500],
  ['routesOutage', 2, 2_500],
  ['routesLost', 2, 0],
  ['leaseLapse', 2, 14_000],
  ['relayPause', 1, 14_000],
  ['relayCrash', 1, 14_000],
  ['routesOutage', 1, 14_000],
  ['storm', 3, 2_000],
  ['clockBack', 1, 4_000],
];
/** Faults that leave an open session and its route alone; what was lost of the routes is known to be lost. */
export const CALM_FAULTS: ReadonlySet<FaultKind> = new Set<FaultKind>([
  'clientDrop',
  'clientFlap',
  'clientCrash',
  'dispatchCrash',
  'dispatchStop',
  'partitionsMove',
  'busOutage',
  'storeOutage',
  'routesLost',
  'clockBack',
]);
const LOTS = FAULTS.flatMap((fault) => new Array<(typeof FAULTS)[number]>(fault[1]).fill(fault));
const CALM_LOTS = LOTS.filter(([kind]) => CALM_FAULTS.has(kind));

export function scheduleOf(seed: number): Schedule {
  const below = seededNumbers(Math.imul(seed, 0x9e37_79b1) ^ 0x7c15);
  const chance = (percent: number) => below(100) < percent;
  const users = 2 + below(3);
  const clients: number[] = Array.from({ length: users }, (_, user) => user);
  if (chance(50)) clients.push(below(users));
  const chaosMs = 3_000 + below(5_000);
  const conversations = 1 + below(2);
  const operations: Operation[] = [];
  for (let conversation = 0; conversation < conversations; conversation++) {
    const others = Array.from({ length: users }, (_, user) => user).filter((user) => user === 0 || chance(75));
    operations.push({ kind: 'create', atMs: below(400), client: below(clients.length), conversation, users: others });
  }
  const count = 8 + below(22);
  for (let index = 0; index < count; index++) {
    const atMs = 200 + below(chaosMs - 200);
    const client = below(clients.length);
    const conversation = below(conversations);
    const dice = below(100);
    if (dice < 70) operations.push({ kind: 'send', atMs, client, conversation, bytes: chance(4) ? 3_000 : 4 + below(40) });
    else if (dice < 76) operations.push({ kind: 'addMember', atMs, client, conversation, user: below(users) });
    else if (dice < 81) operations.push({ kind: 'removeMember', atMs, client, conversation, user: below(users) });
    else if (dice < 83) operations.push({ kind: 'leave', atMs, client, conversation });
    else if (dice < 94) operations.push({ kind: 'read', atMs, client, conversation });
    else operations.push({ kind: 'privacy', atMs, client, withhold: chance(75) });
  }
  const faults: Fault[] = [];
  const calm = chance(15);
  const lots = calm ? CALM_LOTS : LOTS;
  for (let count = chance(5) ? 0 : 1 + below(7); count > 0; count--) {
    const [kind, , longestMs] = lots[below(lots.length)]!;
    faults.push({ kind, atMs: 100 + below(chaosMs), forMs: longestMs === 0 ? 0 : 20 + below(longestMs), target: below(12) });
  }
  const embedded = chance(20);
  return {
    seed,
    gateways: 1 + below(2),
    edges: 1 + below(2),
    dispatchers: embedded ? 1 : 1 + below(2),
    embedded,
    users,
    clients,
    partitions: 1 + below(2),
    failures: !calm && chance(60) ? below(150) : 0,
    messagesPerSecond: chance(15) ? 2 : 1_000,
    burst: chance(15) ? 4 : 1_000,
    skewMs: chance(40) ? below(400) - 200 : 0,
    chaosMs,
    operations,
    faults: faults.sort((a, b) => a.atMs - b.atMs),
  };
}
