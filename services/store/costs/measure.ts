/** Processor time of the store in Cassandra per operation, of client and server, and two layouts of its lists side by side. */
import type { Client } from 'cassandra-driver';
import { deviceKey } from '../../protocol/ids.ts';
import { readProcessCpu } from '../../runtime/host/processes.ts';
import { statementsOf } from '../cassandra-statements.ts';
import type { CassandraStore } from '../store-cassandra.ts';
import { type Scanned, scannedBy } from './scan.ts';
import { SourceLayout, type SourceList } from './source-layout.ts';
import { Traffic, type TrafficShape } from './traffic.ts';

export interface Cost {
  readonly operation: string;
  readonly operations: number;
  readonly perSecond: number;
  readonly clientUs: number;
  /** Undefined where the server is on another machine. */
  readonly serverUs: number | undefined;
  /** Requests to the server, per operation. */
  readonly requests: number;
}

/** A message against how many of its partition go in a run. */
export interface RunCost extends Cost {
  readonly members: number;
  readonly messagesPerRun: number;
  /** Partitions that are written for a message: its own, each member's list, the conversation's state, its part of the progress. */
  readonly rows: number;
}

/** us of a message = its own + a · requests + b · rows, of client and server. */
export interface MessageFit {
  readonly side: 'client' | 'server';
  readonly usPerMessage: number;
  readonly usPerRequest: number;
  readonly usPerRow: number;
  readonly worstRelativeError: number;
}

export interface LayoutCost {
  readonly layout: 'own' | `source, ${SourceList}`;
  readonly messages: number;
  /** In the partition of one user's list; he is in `conversations` of them. */
  readonly rowsOfList: number;
  readonly conversations: number;
  /** By a read of the list's first 50. */
  readonly list: Scanned;
  readonly write: Cost;
  readonly listRead: Cost;
  readonly newestRead: Cost;
}

export interface Setup {
  readonly store: CassandraStore;
  readonly driver: Client;
  readonly serverPid: number | undefined;
  /** Messages of each row of writes; reads are a quarter. */
  readonly messages: number;
  readonly say: (text: string) => void;
}

const PAIRS: TrafficShape = { conversations: 2_000, members: 2, users: 400, bodyBytes: 200 };
const TENS: TrafficShape = { conversations: 400, members: 10, users: 400, bodyBytes: 200 };
/** A run of dispatch at some 2,500 messages a second, taken every 40 ms from four partitions. */
const RUN = 25;
const RUNS = [1, 5, 25, 100];
/** A server that has just been started compiles what it runs often: it is warm when a round costs hardly less than the one before. */
const WARM_ROUNDS = 12;
const WARM_SHARE = 0.9;
const RUNS_AT_ONCE = 4;
const READS_AT_ONCE = 64;
const MUCH = 10_000_000;
const NOTHING = new Uint8Array(0);

/** Rounds of messages and reads until the server takes no less for the next; where it can't be seen, three of them. */
export async function warmUp(setup: Setup): Promise<void> {
  const { store, messages, serverPid } = setup;
  const traffic = new Traffic(PAIRS, 5_000_000, 5_000_000);
  let before = Number.POSITIVE_INFINITY;
  for (let round = 1; round <= (serverPid === undefined ? 3 : WARM_ROUNDS); round++) {
    const run = async (index: number) => {
      await store.write(traffic.next(RUN));
      await store.list(traffic.userAt(index), NOTHING, 50);
    };
    const { serverUs } = await costOf(setup, 'warm-up', Math.ceil(messages / RUN), RUNS_AT_ONCE, run, RUN);
    setup.say(`warming up, round ${round}${serverUs === undefined ? '' : `: ${serverUs.toFixed(0)} us a message at the server`}`);
    if (serverUs !== undefined && serverUs > before * WARM_SHARE) return;
    before = serverUs ?? before;
  }
}

export async function measureRuns(setup: Setup): Promise<readonly RunCost[]> {
  const { store, messages } = setup;
  const costs: RunCost[] = [];
  for (const [shape, first] of [
    [PAIRS, 6_000_000],
    [TENS, 7_000_000],
  ] as const) {
    const traffic = new Traffic(shape, first, first);
    await repeated(Math.ceil(shape.conversations / RUN), RUNS_AT_ONCE, () => store.write(traffic.next(RUN)));
    for (const messagesPerRun of RUNS) {
      const operation = `message to ${shape.members}, runs of ${messagesPerRun}`;
      setup.say(operation);
      const run = () => store.write(traffic.next(messagesPerRun));
      // Short runs cost most: a quarter of the messages tells them as well.
      const calls = Math.ceil(messages / (messagesPerRun < RUN ? 4 : 1) / messagesPerRun);
      const cost = await costOf(setup, operation, calls, RUNS_AT_ONCE, run, messagesPerRun);
      costs.push({ ...cost, members: shape.members, messagesPerRun, rows: shape.members + 2 + 1 / messagesPerRun });
    }
  }
  return costs;
}

export async function measureCosts(setup: Setup): Promise<readonly Cost[]> {
  const { store, messages } = setup;
  const costs: Cost[] = [];
  const reads = Math.ceil(messages / 4);
  for (const [name, shape, first] of [
    ['1:1', PAIRS, 1_000_000],
    ['group of 10', TENS, 2_000_000],
  ] as const) {
    const traffic = new Traffic(shape, first, first);
    const run = () => store.write(traffic.next(RUN));
    setup.say(`${name}: messages`);
    await repeated(Math.ceil(shape.conversations / RUN), RUNS_AT_ONCE, run);
    await repeated(Math.ceil(messages / RUN / 4), RUNS_AT_ONCE, run);
    costs.push(await costOf(setup, `message, ${name}`, Math.ceil(messages / RUN), RUNS_AT_ONCE, run, RUN));
    setup.say(`${name}: reads`);
    costs.push(await costOf(setup, `list, ${name}`, reads, READS_AT_ONCE, (index) => store.list(traffic.userAt(index), NOTHING, 50)));
    const { position } = (await store.changedSince(traffic.userAt(0), NOTHING, 256)) as { position: Uint8Array };
    const resume = (index: number) =>
      store.changedSinceEach(
        Array.from({ length: READS_AT_ONCE }, (_, device) => ({ user: traffic.userAt(index + device), position })),
        256,
      );
    costs.push(await costOf(setup, `device that resumes, ${name}`, Math.ceil(reads / READS_AT_ONCE), 1, resume, READS_AT_ONCE));
    const mark = (index: number) =>
      store.markReceipts(
        Array.from({ length: RUN }, (_, one) => {
          const at = index * RUN + one;
          const kind = at % 2 === 0 ? ('delivered' as const) : ('read' as const);
          const turn = Math.floor(at / shape.conversations);
          const member = memberOf(traffic, at);
          return { kind, conversation: traffic.conversationAt(at), device: deviceKey(member, 1), sequence: 1 + turn };
        }),
      );
    costs.push(await costOf(setup, `receipt, ${name}`, Math.ceil(reads / RUN), RUNS_AT_ONCE, mark, RUN));
  }
  return costs;
}

export async function measureLayouts(setup: Setup): Promise<readonly LayoutCost[]> {
  const { store, driver, messages } = setup;
  const shape: TrafficShape = { conversations: 40, members: 10, users: 40, bodyBytes: 200 };
  const rows: LayoutCost[] = [];
  for (const [index, list] of ([undefined, 'leaked', 'moved'] as const).entries()) {
    const traffic = new Traffic(shape, 3_000_000 + index * 1_000, 3_000_000 + index * 1_000);
    const source = list === undefined ? undefined : new SourceLayout(store.client, list);
    await source?.open();
    const layout = list === undefined ? ('own' as const) : (`source, ${list}` as const);
    setup.say(`layout: ${layout}`);
    // A run of one message per conversation: two in one run would race for the key that moves.
    const run = () => {
      const batch = traffic.next(shape.conversations);
      return source === undefined ? store.write(batch) : source.write(batch.applied);
    };
    const write = await costOf(setup, `message, ${layout}`, Math.ceil(messages / shape.conversations), 1, run, shape.conversations);
    const user = traffic.userAt(7);
    const listing =
      source === undefined ? { query: statementsOf(store.client.keyspace).listRows, params: [BigInt(user)] } : source.listRead(user);
    const counted = await store.client.change(`SELECT COUNT(*) AS rows ${from(listing.query)}`, [BigInt(user)]);
    const reads = Math.ceil(messages / 4);
    rows.push({
      layout,
      messages: write.operations,
      rowsOfList: Number(counted[0]!.rows),
      conversations: (shape.conversations * shape.members) / shape.users,
      list: await scannedBy(driver, listing.query, listing.params),
      write,
      listRead: await costOf(setup, `list, ${layout}`, reads, READS_AT_ONCE, (at) => {
        const reader = traffic.userAt(at);
        if (source === undefined) return store.list(reader, NOTHING, 50);
        const { query, params } = source.listRead(reader);
        return store.client.read(query, params);
      }),
      newestRead: await costOf(setup, `newest 50, ${layout}`, reads, READS_AT_ONCE, (at) => {
        const conversation = traffic.conversationAt(at);
        if (source !== undefined) {
          const { query, params } = source.newestRead(conversation);
          return store.client.read(query, params);
        }
        return store.history(memberOf(traffic, at), conversation, 0, 50, MUCH);
      }),
    });
  }
  return rows;
}

/** A member of the conversation at an index. */
function memberOf(traffic: Traffic, index: number): number {
  return traffic.userAt((index % traffic.shape.conversations) * traffic.shape.members);
}

function from(query: string): string {
  return query.slice(query.indexOf('FROM')).replace(/LIMIT.*/, '');
}

async function costOf(
  setup: Setup,
  operation: string,
  calls: number,
  atOnce: number,
  call: (index: number) => Promise<unknown>,
  operationsPerCall = 1,
): Promise<Cost> {
  const { counts } = setup.store.client;
  const requestsBefore = counts.reads + counts.writes;
  const serverBefore = serverUs(setup);
  const clientBefore = process.cpuUsage();
  const startedMs = performance.now();
  await repeated(calls, atOnce, call);
  const seconds = (performance.now() - startedMs) / 1_000;
  const client = process.cpuUsage(clientBefore);
  const serverAfter = serverUs(setup);
  const operations = calls * operationsPerCall;
  return {
    operation,
    operations,
    perSecond: operations / seconds,
    clientUs: (client.user + client.system) / operations,
    serverUs: serverBefore === undefined || serverAfter === undefined ? undefined : (serverAfter - serverBefore) / operations,
    requests: (counts.reads + counts.writes - requestsBefore) / operations,
  };
}

/** Calls with a number of them under way all the time. */
async function repeated(calls: number, atOnce: number, call: (index: number) => Promise<unknown>): Promise<void> {
  let at = 0;
  const lane = async () => {
    while (at < calls) await call(at++);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, calls) }, lane));
}

function serverUs({ serverPid }: Setup): number | undefined {
  if (serverPid === undefined) return undefined;
  const reading = readProcessCpu(serverPid);
  return 'absent' in reading ? undefined : reading.userUs + reading.systemUs;
}
