/**
 * Bugs that are planted one at a time, to see that a proof on real processes catches each: mistakes that a change of the
 * product could bring. A bug is an edit of a copy of the sources, so the product has no switch for it; an edit that no longer
 * fits its source fails, and is to be brought up to date.
 */
export interface Edit {
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

export interface PlantedBug {
  readonly name: string;
  /** Where it can be planted: `either` has what it touches on embedded backends and on real ones. */
  readonly on: 'embedded' | 'real' | 'either';
  /** What a proof needs to see it. */
  readonly faults: readonly string[];
  readonly rounds: number;
  readonly edits: readonly Edit[];
}

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'the relay acknowledges before the bus has the message',
    on: 'either',
    faults: ['kill-relay'],
    rounds: 2,
    edits: [
      {
        file: 'services/gateway/relay/append-batcher.ts',
        find: 'this.options.bus.append(this.options.topic, partition, values).then(',
        replace: `void Bun.sleep(300).then(() => this.options.bus.append(this.options.topic, partition, values)).catch(() => {});
    Promise.resolve().then(`,
      },
    ],
  },
  {
    name: 'the log acknowledges what is only in memory',
    on: 'embedded',
    faults: ['kill-embedded'],
    rounds: 2,
    edits: [
      {
        file: 'services/bus/segment.ts',
        find: 'written += writeSync(this.file, frame, written, frame.length - written, this.bytes + written);',
        replace: `const [bytes, at] = [frame.slice(), this.bytes];
        written = frame.length;
        setTimeout(() => writeSync(this.file, bytes, 0, bytes.length, at), 300);`,
      },
    ],
  },
  {
    name: 'the last change is forgotten on resume',
    on: 'either',
    faults: ['kill-edge', 'kill-edge'],
    rounds: 2,
    edits: [
      {
        file: 'services/gateway/relay/reads.ts',
        find: 'changes: page.changes }',
        replace: 'changes: page.changes.slice(0, -1) }',
      },
    ],
  },
  {
    name: 'the last entry of a pulled page is forgotten',
    on: 'either',
    faults: ['kill-edge'],
    rounds: 1,
    edits: [
      {
        file: 'services/gateway/relay/reads.ts',
        find: 'const frames = page.entries.map((entry) => deliverFrame(entry, bodyIndexFor(entry, device)));',
        replace: 'const frames = page.entries.slice(0, -1).map((entry) => deliverFrame(entry, bodyIndexFor(entry, device)));',
      },
    ],
  },
  {
    name: 'nobody is told after the routes were lost',
    on: 'embedded',
    faults: ['kill-embedded'],
    rounds: 2,
    edits: [
      {
        file: 'services/gateway/relay/route-keeper.ts',
        find: 'peer.newer(page);',
        replace: '',
      },
    ],
  },
  {
    name: 'lost routes are not put again',
    on: 'embedded',
    faults: ['kill-embedded'],
    rounds: 1,
    edits: [
      {
        file: 'services/gateway/relay/route-keeper.ts',
        find: 'await this.untilItHolds(peer, page);\n        await this.options.whenLive();',
        replace: 'await this.options.whenLive();',
      },
    ],
  },
  {
    name: 'a late goodbye removes the route of the session that came after',
    on: 'embedded',
    faults: ['kill-edge'],
    rounds: 2,
    edits: [
      {
        file: 'services/routes/route-shard.ts',
        find: 'if (stands.epoch !== route.epoch || !sameSession(stands, route)) return false;',
        replace: '',
      },
    ],
  },
  {
    name: 'message ids are forgotten at once',
    on: 'embedded',
    faults: ['pause-embedded', 'kill-relay'],
    rounds: 1,
    edits: [
      {
        file: 'services/embedded/main.ts',
        find: 'messageIdMs: LIMITS.messageIdSeconds.value * 1_000',
        replace: 'messageIdMs: 1',
      },
    ],
  },
  {
    // Before the store has the entries it would harm nobody: who takes the partition goes back to the store's progress.
    name: 'dispatch moves its position before the deliveries are written',
    on: 'real',
    faults: ['kill-dispatch'],
    rounds: 5,
    edits: [
      {
        file: 'services/dispatch/partition-dispatch.ts',
        find: 'const outbox = new GatewayOutbox(recordVersion, cells);',
        replace: `await this.commit(chunk.at(-1)!.offset + 1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const outbox = new GatewayOutbox(recordVersion, cells);`,
      },
    ],
  },
  {
    name: 'dispatch does not wait for the store',
    on: 'real',
    faults: ['kill-dispatch'],
    rounds: 3,
    edits: [
      {
        file: 'services/dispatch/partition-dispatch.ts',
        find: "await this.persistent.until('entries not stored', () => store.write(batch));",
        replace: 'setTimeout(() => void store.write(batch).catch(() => {}), 300);',
      },
    ],
  },
  {
    name: 'dispatch does not wait for the deliveries',
    on: 'real',
    faults: ['kill-dispatch'],
    rounds: 3,
    edits: [
      {
        file: 'services/dispatch/partition-dispatch.ts',
        find: 'await outbox.append(bus, this.persistent);',
        replace: 'setTimeout(() => void outbox.append(bus, this.persistent).catch(() => {}), 300);',
      },
    ],
  },
  {
    name: 'a dispatcher keeps what it cached when its partition has gone to another and comes back',
    on: 'real',
    faults: ['pause-dispatch'],
    rounds: 3,
    edits: [
      {
        file: 'services/dispatch/dispatch.ts',
        find: 'const taken = await PartitionDispatch.take(this.partOptions, partition).catch(',
        replace: `const from = await bus.committed(DISPATCH_GROUP, 'messages', partition);
        const kept = this.held.get(partition);
        const taken = await (kept === undefined ? PartitionDispatch.take(this.partOptions, partition) : Promise.resolve(kept)).catch(`,
      },
      {
        file: 'services/dispatch/dispatch.ts',
        find: 'return { from: taken.from, take: taken.take, lost: () => this.lost(taken) };',
        replace: 'return { from, take: taken.take, lost: () => undefined };',
      },
      {
        file: 'services/dispatch/partition-dispatch.ts',
        find: "if (!(error instanceof BackendError) || error.code !== 'fenced') throw error;",
        replace: "if (error instanceof BackendError && error.code === 'fenced') return;\n      throw error;",
      },
    ],
  },
  {
    // With the position alone it would harm nobody either, for the same reason.
    name: 'a dispatcher that takes a partition begins at its end',
    on: 'real',
    faults: ['kill-dispatch'],
    rounds: 2,
    edits: [
      {
        file: 'services/dispatch/partition-dispatch.ts',
        find: 'const effectsFrom = Math.min(committed, progress.nextOffset);',
        replace: "const effectsFrom = await bus.end('messages', partition);",
      },
    ],
  },
  {
    name: 'message ids are forgotten at once (real)',
    on: 'real',
    faults: ['pause-dispatch', 'kill-relay'],
    rounds: 1,
    edits: [
      {
        file: 'services/dispatch/dispatcher.ts',
        find: 'messageIdMs: LIMITS.messageIdSeconds.value * 1_000',
        replace: 'messageIdMs: 1',
      },
    ],
  },
  {
    name: 'a late goodbye removes the route of the session that came after (real)',
    on: 'real',
    faults: ['kill-edge'],
    rounds: 2,
    edits: [
      {
        file: 'services/routes/routes-scripts.ts',
        find: "if redis.call('HGET', routes, device) ~= route then return 0 end",
        replace: '',
      },
    ],
  },
];
