/**
 * A box is upgraded part by part while its clients talk: edges and relay of two versions of the link side by side, relay and
 * dispatch of two versions of the records. What speaks as the predecessor does stands for the old code.
 */
import { afterEach, describe, expect, test } from 'bun:test';
import { ChatUser } from './chat-user.harness.ts';
import { eventually, TestBox, type TestBoxOptions } from './test-box.harness.ts';

const MEMBERS = [1, 2, 3, 4, 5, 6];
const OLD = { speaks: 'predecessor' } as const;
const NEW = { speaks: 'newest' } as const;
const BETWEEN_MS = 250;
const WAIT_MS = 20_000;

const boxes: TestBox[] = [];
const talks: Talk[] = [];
afterEach(async () => {
  for (const talk of talks.splice(0)) talk.end();
  for (const box of boxes.splice(0)) await box.stop();
});

/** Members of one conversation on all edges, of whom somebody says something every few milliseconds. */
class Talk {
  readonly members: ChatUser[] = [];
  private readonly said: string[] = [];
  private conversation = 0;
  private timer: ReturnType<typeof setInterval> | undefined;

  static async start(box: TestBox): Promise<Talk> {
    const talk = new Talk();
    talks.push(talk);
    for (const user of MEMBERS) {
      const member = new ChatUser(
        () => box.endpoint,
        () => box.token(user),
      );
      await member.connect();
      talk.members.push(member);
    }
    talk.conversation = await talk.members[0]!.create(...MEMBERS.slice(1));
    await eventually(() => talk.members.every((member) => member.cursor(talk.conversation) === 1), 'the conversation');
    talk.timer = setInterval(() => {
      const text = `text ${talk.said.push(`text ${talk.said.length + 1}`)}`;
      talk.members[talk.said.length % MEMBERS.length]!.say(talk.conversation, text);
    }, 5);
    return talk;
  }

  /** Nobody says anything more; all that was said has to be in every application, once and in one order. */
  async settle(): Promise<void> {
    clearInterval(this.timer);
    const { members, conversation, said } = this;
    const state = () => members.map((member) => `${member.cursor(conversation)} with ${member.unanswered} unanswered`).join(', ');
    await eventually(
      () => members.every((member) => member.unanswered === 0 && member.cursor(conversation) === said.length + 1),
      () => `${said.length + 1} entries in every application: ${state()}`,
      WAIT_MS,
    );
    // The first entry is that of the creation.
    const [first, ...others] = members.map((member) =>
      member.handed
        .get(conversation)!
        .slice(1)
        .map(({ text }) => text),
    );
    expect([...first!].sort()).toEqual([...said].sort());
    for (const other of others) expect(other).toEqual(first!);
    expect(said.length).toBeGreaterThan(50);
  }

  /** The last member reads all; every other is told. */
  async readAll(): Promise<void> {
    const reader = this.members.at(-1)!;
    reader.read(this.conversation);
    const sequence = reader.cursor(this.conversation);
    const sender = this.members[0]!;
    await eventually(() => sender.receiptOf(this.conversation, MEMBERS.at(-1)!).read === sequence, 'the read receipt');
  }

  end(): void {
    clearInterval(this.timer);
    for (const member of this.members) member.leave();
  }
}

async function start(options: TestBoxOptions): Promise<TestBox> {
  const box = await TestBox.start(options);
  boxes.push(box);
  return box;
}

/** The old process ends, one that speaks so comes in its place. */
async function replaceEdge(box: TestBox, edge: number, own: typeof OLD | typeof NEW): Promise<void> {
  const before = box.edges[edge]!;
  before.kill('SIGTERM');
  await before.exited;
  await box.startEdge(edge, own);
  await linked(box, edge, own);
}

async function replaceRelay(box: TestBox, own: typeof OLD | typeof NEW): Promise<void> {
  await box.killRelay();
  await box.startRelay(own);
}

/** An edge has a link whose version is the newest that both know. */
async function linked(box: TestBox, edge: number, ...ends: ReadonlyArray<typeof OLD | typeof NEW>): Promise<void> {
  const old = ends.includes(OLD) ? 1 : 0;
  await eventually(
    async () =>
      (await box.edges[edge]!.metric('parley_edge_relay_connected')) === 1 &&
      (await box.edges[edge]!.metric('parley_edge_predecessor_links')) >= old,
    `edge ${edge} on a link of the version that both know`,
  );
}

describe('a rolling upgrade of a box under traffic', () => {
  test('first the relay, then the edges one after the other: nothing is lost, doubled or out of order', async () => {
    const box = await start({ edges: 2, edge: OLD, relay: OLD });
    const talk = await Talk.start(box);
    await Bun.sleep(BETWEEN_MS);
    await replaceRelay(box, NEW);
    for (const edge of [0, 1]) await linked(box, edge, OLD, NEW);
    expect(talk.members.flatMap((member) => member.endings)).toEqual([]);
    await Bun.sleep(BETWEEN_MS);
    await replaceEdge(box, 0, NEW);
    expect(await box.edges[0]!.metric('parley_edge_predecessor_links')).toBe(0);
    expect(await box.edges[1]!.metric('parley_edge_predecessor_links')).toBe(1);
    await Bun.sleep(BETWEEN_MS);
    await replaceEdge(box, 1, NEW);
    await Bun.sleep(BETWEEN_MS);
    await talk.settle();
    await talk.readAll();
  }, 60_000);

  test('first the edges, then the relay, which finds nobody disconnected', async () => {
    const box = await start({ edges: 2, edge: OLD, relay: OLD });
    const talk = await Talk.start(box);
    await Bun.sleep(BETWEEN_MS);
    for (const edge of [1, 0]) {
      await replaceEdge(box, edge, NEW);
      expect(await box.edges[edge]!.metric('parley_edge_predecessor_links')).toBe(1);
      await Bun.sleep(BETWEEN_MS);
    }
    const endings = talk.members.flatMap((member) => member.endings).length;
    await replaceRelay(box, NEW);
    for (const edge of [0, 1])
      await eventually(async () => (await box.edges[edge]!.metric('parley_edge_predecessor_links')) === 0, 'a link of the newest version');
    await Bun.sleep(BETWEEN_MS);
    await talk.settle();
    await talk.readAll();
    expect(talk.members.flatMap((member) => member.endings).length).toBe(endings);
  }, 60_000);

  test('routes that were lost have every session ask, on the link of either version', async () => {
    const box = await start({ edges: 2, edge: OLD });
    await box.edges[0]!.end();
    await box.startEdge(0, NEW);
    const talk = await Talk.start(box);
    await Bun.sleep(BETWEEN_MS);
    box.routes.lose();
    await Bun.sleep(BETWEEN_MS);
    await talk.settle();
  }, 60_000);

  test('dispatch writes records as before until it is switched: entries arrive all the time, receipts are told from then on', async () => {
    const box = await start({ edges: 1, dispatch: { ...OLD, storeOutlives: true }, relay: OLD });
    const before = versionsWritten(box);
    const talk = await Talk.start(box);
    await eventually(() => before.receipts.size > 0, 'the first receipts');
    expect(before).toEqual({ messages: new Set([1]), deliveries: new Set([1]), receipts: new Set([1]) });
    await box.replaceDispatch({ ...NEW, storeOutlives: true });
    await Bun.sleep(BETWEEN_MS);
    await replaceRelay(box, NEW);
    const after = versionsWritten(box);
    // What the relay of before had under way is still in its words.
    await eventually(() => after.messages.has(2) && after.receipts.has(2), 'messages and receipts in the words of the new relay');
    await talk.settle();
    await talk.readAll();
    expect(after.deliveries).toEqual(new Set([2]));
  }, 60_000);
});

/** Versions of the records that are written from here on. */
function versionsWritten(box: TestBox): { messages: Set<number>; deliveries: Set<number>; receipts: Set<number> } {
  const versions = { messages: new Set<number>(), deliveries: new Set<number>(), receipts: new Set<number>() };
  const append = box.bus.append.bind(box.bus);
  box.bus.append = (topic, partition, values) => {
    for (const value of values) versions[topic].add(value[0]!);
    return append(topic, partition, values);
  };
  return versions;
}
