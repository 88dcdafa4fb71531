/** A whole box as `parley gateway` starts it: what a fault of each part costs, and how it begins and ends. */
import { afterEach, describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DISPATCH_METRICS } from '../dispatch/metrics.ts';
import { EMBEDDED_METRICS } from '../embedded/metrics.ts';
import { encodeFrame } from '../protocol/codec.ts';
import { errorName } from '../protocol/error-codes.ts';
import { BOX_METRICS } from './box-metrics.ts';
import { BoxProcess } from './box-process.harness.ts';
import type { ChatUser } from './chat-user.harness.ts';
import { EDGE_METRICS } from './edge/metrics.ts';
import { RELAY_METRICS } from './relay/metrics.ts';
import { eventually } from './test-box.harness.ts';
import { sendFrame, TestClient } from './test-client.harness.ts';

const boxes: BoxProcess[] = [];
const users: ChatUser[] = [];
afterEach(async () => {
  for (const user of users.splice(0)) user.leave();
  for (const box of boxes.splice(0)) await box.end();
});

async function startBox(...settings: string[]): Promise<BoxProcess> {
  const box = await BoxProcess.start('--edges', '2', '--drain-seconds', '3', ...settings);
  boxes.push(box);
  return box;
}

/** Groups of three users, each of whom says something every few milliseconds. */
class Traffic {
  readonly members: ChatUser[] = [];
  private readonly conversations: Array<{ readonly id: number; readonly members: readonly ChatUser[] }> = [];
  private readonly said = new Map<number, Set<string>>();
  private timer: ReturnType<typeof setInterval> | undefined;
  private count = 0;

  static async start(box: BoxProcess, groups: number): Promise<Traffic> {
    const traffic = new Traffic();
    for (let group = 0; group < groups; group++) {
      const names = [1, 2, 3].map((member) => 1_000 + group * 10 + member);
      const members = await Promise.all(names.map((name) => box.user(name)));
      users.push(...members);
      traffic.members.push(...members);
      const id = await members[0]!.create(...names.slice(1));
      traffic.conversations.push({ id, members });
      traffic.said.set(id, new Set());
    }
    traffic.timer = setInterval(() => traffic.step(), 5);
    return traffic;
  }

  get endings(): string[] {
    return this.members.flatMap((member) => member.endings);
  }

  get total(): number {
    return this.count;
  }

  private step(): void {
    for (const { id, members } of this.conversations) {
      const text = `text ${++this.count}`;
      this.said.get(id)!.add(text);
      members[this.count % members.length]!.say(id, text);
    }
  }

  /** No more is said; waits until every application has everything, and holds them against what was said. */
  async settle(limitMs = 15_000): Promise<void> {
    clearInterval(this.timer);
    await eventually(() => this.members.every((member) => member.unanswered === 0), 'an answer to everything that was sent', limitMs);
    for (const { id, members } of this.conversations) {
      const texts = this.said.get(id)!;
      // One entry more than was said: that of the creation.
      await eventually(
        () => members.every((member) => member.cursor(id) === texts.size + 1),
        () => {
          return `everything in every application: ${members.map((member) => member.cursor(id))} of ${texts.size + 1}`;
        },
        limitMs,
      );
      const [first, ...others] = members.map((member) => member.handed.get(id)!.map(({ text }) => text));
      expect(new Set(first!.slice(1))).toEqual(texts);
      expect(first!.length).toBe(texts.size + 1);
      for (const other of others) expect(other.slice(1)).toEqual(first!.slice(1));
    }
  }
}

async function pidOf(box: BoxProcess, part: 'relay' | 'embedded'): Promise<number> {
  return (await box.now()).pids[part];
}

describe('kill -9 under traffic', () => {
  for (const part of ['relay', 'embedded'] as const) {
    test(`of the ${part}: not one client is disconnected; everything arrives once and in order`, async () => {
      const box = await startBox();
      const traffic = await Traffic.start(box, 5);
      for (let kill = 0; kill < 3; kill++) {
        await Bun.sleep(700);
        const pid = await pidOf(box, part);
        process.kill(pid, 'SIGKILL');
        await eventually(async () => (await pidOf(box, part)) !== pid && (await box.isReady()), `a new ${part}`, 10_000);
      }
      await Bun.sleep(700);
      await traffic.settle();
      expect(traffic.endings).toEqual([]);
      expect(traffic.total).toBeGreaterThan(500);
    }, 60_000);
  }

  test('of relay and embedded at once', async () => {
    const box = await startBox();
    const traffic = await Traffic.start(box, 5);
    await Bun.sleep(500);
    const { relay, embedded } = (await box.now()).pids;
    process.kill(embedded, 'SIGKILL');
    process.kill(relay, 'SIGKILL');
    await Bun.sleep(1_500);
    await traffic.settle();
    expect(traffic.endings).toEqual([]);
  }, 60_000);

  test('of an edge: its clients come back, the others notice nothing, nothing is lost or doubled', async () => {
    const box = await startBox();
    const traffic = await Traffic.start(box, 5);
    await Bun.sleep(500);
    const before = await box.now();
    process.kill(before.pids.edges[1]!, 'SIGKILL');
    await eventually(async () => (await box.isReady()) && (await box.now()).pids.edges[1] !== before.pids.edges[1], 'a new edge', 10_000);
    await Bun.sleep(500);
    await traffic.settle();
    expect(traffic.endings.length).toBeLessThan(traffic.members.length);
    for (const member of traffic.members) expect(member.endings.length).toBeLessThanOrEqual(1);
    expect((await box.now()).pids.edges[0]).toBe(before.pids.edges[0]!);
  }, 60_000);

  test('of both edges at once: the box stays, and everybody comes back', async () => {
    const box = await startBox();
    const traffic = await Traffic.start(box, 3);
    await Bun.sleep(500);
    const before = await box.now();
    for (const pid of before.pids.edges) process.kill(pid, 'SIGKILL');
    await eventually(
      async () => (await box.isReady()) && (await box.now()).pids.edges.every((pid) => !before.pids.edges.includes(pid)),
      'new edges',
      10_000,
    );
    await traffic.settle();
    expect((await box.now()).url).toBe(before.url);
    expect(await box.metric('parley_process_starts_total', 'process="edge-0"')).toBe(2);
  }, 60_000);

  test('of the supervisor while a relay waits for backends that hang: nothing is left when they go on', async () => {
    const box = await startBox();
    const { relay, embedded } = box.description.pids;
    process.kill(embedded, 'SIGSTOP');
    process.kill(relay, 'SIGKILL');
    await eventually(async () => (await pidOf(box, 'relay')) !== relay, 'a new relay');
    await Bun.sleep(500);
    box.kill('SIGKILL');
    await eventually(() => box.processes().length === 1, 'the end of relay and edges', 6_000);
    process.kill(embedded, 'SIGCONT');
    await eventually(() => box.processes().length === 0, 'the end of everything', 3_000);
  }, 30_000);

  test('of the supervisor while it starts: nothing is left', async () => {
    const box = new BoxProcess(['--edges', '2', '--drain-seconds', '1']);
    boxes.push(box);
    await eventually(() => box.processes().length > 0, 'the first process');
    box.kill('SIGKILL');
    await eventually(() => box.processes().length === 0, 'the end of everything', 5_000);
  }, 30_000);

  test('of the supervisor: nothing outlives it longer than a drain', async () => {
    const box = await startBox();
    const clients = await Promise.all([1, 2, 3].map((user) => TestClient.live(box.endpoint, box.token(user))));
    expect(box.processes().length).toBe(4);
    box.kill('SIGKILL');
    expect(await Promise.all(clients.map((client) => client.closed()))).toEqual(['draining', 'draining', 'draining']);
    await eventually(() => box.processes().length === 0, 'the end of everything', 3_000 + 2_000);
  }, 30_000);
});

describe('a part that hangs', () => {
  test('an edge that stands still for seconds costs the others nothing; its own clients stay, and lack nothing when it goes on', async () => {
    const box = await startBox('--edge-grace-seconds', '2');
    const traffic = await Traffic.start(box, 5);
    await Bun.sleep(500);
    const before = await box.metric('parley_relay_accepted_total');
    const edge = box.description.pids.edges[1]!;
    process.kill(edge, 'SIGSTOP');
    await Bun.sleep(6_000);
    // The other edge's clients have gone on through all of it.
    expect((await box.metric('parley_relay_accepted_total')) - before).toBeGreaterThan(500);
    process.kill(edge, 'SIGCONT');
    await traffic.settle(20_000);
    expect(traffic.endings).toEqual([]);
  }, 60_000);

  test('embedded backends that stand still for seconds: a delay, and nothing else', async () => {
    const box = await startBox();
    const traffic = await Traffic.start(box, 3);
    await Bun.sleep(300);
    process.kill(box.description.pids.embedded, 'SIGSTOP');
    await Bun.sleep(4_000);
    process.kill(box.description.pids.embedded, 'SIGCONT');
    await traffic.settle();
    expect(traffic.endings).toEqual([]);
  }, 60_000);
});

describe('a box', () => {
  test('shows every metric of its catalogues once, with help and type, and only numbers', async () => {
    const box = await startBox();
    const traffic = await Traffic.start(box, 1);
    await Bun.sleep(300);
    await traffic.settle();
    const text = await box.metricsText();
    const catalogue = [...BOX_METRICS, ...EDGE_METRICS, ...RELAY_METRICS, ...DISPATCH_METRICS, ...EMBEDDED_METRICS];
    for (const spec of catalogue) {
      const lines = text.split('\n');
      expect(lines.filter((line) => line === `# TYPE ${spec.name} ${spec.type}`)).toEqual([`# TYPE ${spec.name} ${spec.type}`]);
      expect(lines.filter((line) => line.startsWith(`# HELP ${spec.name} `)).length).toBe(1);
    }
    const names = new Set(
      catalogue.flatMap(({ name, type }) => (type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name])),
    );
    for (const line of text.split('\n').filter((each) => each !== '' && !each.startsWith('#'))) {
      expect(names).toContain(line.slice(0, line.search(/[ {]/)));
      expect(Number.isFinite(Number(line.slice(line.lastIndexOf(' ') + 1)))).toBe(true);
    }
    expect(await box.metric('parley_edge_connections')).toBe(3);
    expect(await box.metric('parley_relay_sessions')).toBe(3);
    expect(await box.metric('parley_dispatch_entries_total')).toBe(traffic.total + 1);
  }, 30_000);

  test('stops at SIGTERM in order: clients are sent away, everything ends, exit code 0, and says no more that it is there', async () => {
    const box = await startBox();
    const clients = await Promise.all(Array.from({ length: 20 }, (_, index) => TestClient.live(box.endpoint, box.token(index + 1))));
    expect(existsSync(join(box.stateDir, 'box.json'))).toBe(true);
    box.kill('SIGTERM');
    expect(await Promise.all(clients.map((client) => client.closed()))).toEqual(clients.map(() => 'draining'));
    expect(await box.exited).toBe(0);
    expect(box.processes()).toEqual([]);
    expect(existsSync(join(box.stateDir, 'box.json'))).toBe(false);
    expect(box.stderr).not.toContain('overran');
  }, 30_000);

  test('of which one edge drains: whoever comes meanwhile is taken by another, and none is refused', async () => {
    const box = await startBox('--edges', '2', '--drain-seconds', '20', '--drain-closes-per-second', '10');
    const held = await Promise.all(Array.from({ length: 40 }, (_, index) => TestClient.live(box.endpoint, box.token(index + 1))));
    const [edge] = box.description.pids.edges;
    process.kill(edge!, 'SIGTERM');
    await eventually(() => held.some(({ socket }) => socket.ended !== undefined), 'the first to be sent away');
    const came = await Promise.all(Array.from({ length: 40 }, (_, index) => TestClient.live(box.endpoint, box.token(index + 101))));
    expect(held.filter(({ socket }) => socket.ended === undefined).length).toBeGreaterThan(20);
    expect(await box.metric('parley_edge_refused_total', 'reason="draining"')).toBe(0);
    await eventually(() => !box.processes().includes(edge!), 'the end of the drain', 15_000);
    expect(came.filter(({ socket }) => socket.ended !== undefined)).toEqual([]);
  }, 40_000);

  test('whose log is full refuses sends by code, keeps its clients, and still serves what it has', async () => {
    const box = await startBox('--message-log-bytes', '1048576');
    const [alice, bob] = [await TestClient.live(box.endpoint, box.token(1)), await TestClient.live(box.endpoint, box.token(2))];
    const conversation = await alice.create(2);
    for (let text = 0; alice.of('error').length === 0 && text < 40; text++) {
      const answered = alice.of('sequenced').length + alice.of('error').length;
      alice.send(sendFrame(conversation, new Uint8Array(60_000)));
      await alice.until(() => alice.of('sequenced').length + alice.of('error').length > answered, 'an answer');
    }
    const [error] = alice.of('error');
    expect(['busy', 'internal']).toContain(errorName(error!.code)!);
    expect(error!.retryAfterMs).toBeGreaterThan(0);
    const last = alice.of('sequenced').at(-1)!.sequence;
    expect(last).toBeGreaterThan(10);
    await bob.until(() => bob.delivered(conversation).length === last, 'what was taken');
    const page = await bob.ask('historyPage', encodeFrame('history', { conversation, beforeSequence: 0, count: 1 }));
    expect(page.entries[0]!.sequence).toBe(last);
    expect([alice.socket.ended, bob.socket.ended]).toEqual([undefined, undefined]);
  }, 30_000);

  test('goes on where it stopped: members, sequences and positions are those of the log', async () => {
    const box = await startBox();
    const alice = await TestClient.live(box.endpoint, box.token(1));
    const conversation = await alice.create(2);
    await alice.say(conversation, 'before');
    box.kill('SIGTERM');
    expect(await box.exited).toBe(0);
    const again = new BoxProcess(['--edges', '1', '--drain-seconds', '1'], box.stateDir);
    boxes.push(again);
    await eventually(() => again.stdout.includes('ready:'), 'the box again', 20_000);
    const bob = await TestClient.live(again.endpoint, again.token(2));
    expect(bob.of('changed')[0]!.changes).toEqual([{ conversation, sequence: 2 }]);
    const back = await TestClient.live(again.endpoint, again.token(1), { position: alice.of('changed')[0]!.position });
    expect(await back.say(conversation, 'after')).toBe(3);
    await bob.until(() => bob.delivered(conversation).includes(3), 'the new entry');
  }, 60_000);

  test('serves wss, and ws on one edge of Node, as asked', async () => {
    for (const settings of [['--tls'], ['--transport', 'ws', '--edges', '1']]) {
      const box = await startBox(...settings);
      const [alice, bob] = await Promise.all([1, 2].map((user) => TestClient.live(box.endpoint, box.token(user))));
      const conversation = await alice!.create(2);
      expect(await alice!.say(conversation, 'hello')).toBe(2);
      await bob!.until(() => bob!.delivered(conversation).length === 2, 'the entries');
      box.kill('SIGTERM');
      expect(await box.exited).toBe(0);
    }
  }, 60_000);
});
