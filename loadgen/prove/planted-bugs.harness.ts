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
  /** What a proof needs to see it. */
  readonly faults: readonly string[];
  readonly rounds: number;
  readonly edits: readonly Edit[];
}

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'the relay acknowledges before the bus has the message',
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
    faults: ['kill-edge', 'kill-edge'],
    rounds: 1,
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
    faults: ['kill-embedded'],
    rounds: 2,
    edits: [
      {
        file: 'services/gateway/relay/route-keeper.ts',
        find: 'for (const connection of page) peer.newer(connection);',
        replace: '',
      },
    ],
  },
  {
    name: 'lost routes are not put again',
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
    name: 'a delivery is given to whoever has the number of its connection',
    faults: ['kill-edge', 'pause-relay'],
    rounds: 2,
    edits: [
      {
        file: 'services/gateway/relay/deliveries.ts',
        find: ' || (device !== 0 && peer.sessions.deviceOf(connection) !== device)',
        replace: '',
      },
    ],
  },
];
