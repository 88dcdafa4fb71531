/**
 * What is done to a target, one thing at a time. Each fault is over when `inject` resolves: a process that was stopped goes
 * on, a server that was killed has been started again. What can't be done on a target or machine says why.
 */
import { readFileSync } from 'node:fs';
import { isRunning } from '../coordinator/running.ts';
import type { Random } from '../plan/random.ts';
import { type Kind, kindsOf, type Part, partsOf, type Target } from './target.ts';

export interface Fault {
  readonly name: string;
  /** In words, for the table. */
  readonly does: string;
  /** Why it can't be done here. */
  readonly cannot?: (target: Target) => string | undefined;
  /** Gives what it was done to. */
  readonly inject: (target: Target, random: Random) => Promise<string>;
}

/** A pause is longer than the longest time-out by which others take the process for dead. */
const PAUSES: Readonly<Record<Kind, { readonly seconds: number; readonly beyond: string }>> = {
  edge: { seconds: 5, beyond: 'the 3 s after which the relay drops its routes' },
  relay: { seconds: 14, beyond: 'its lease of 10 s' },
  embedded: { seconds: 14, beyond: 'the relay’s time-outs' },
  dispatch: { seconds: 20, beyond: 'its session in the group' },
  kafka: { seconds: 20, beyond: 'its session of 9 s with the controller' },
  cassandra: { seconds: 16, beyond: 'the driver’s time-outs' },
  redis: { seconds: 12, beyond: 'the lease of 10 s' },
};

/** How long a server stays away that was killed. */
const AWAY_MS = { least: 1_000, most: 8_000 } as const;
const GONE_LIMIT_MS = 10_000;
const BACK_LIMIT_MS = 120_000;
const POLL_MS = 50;
/** Two owners of one identity side by side. */
const TWINS_MS = 12_000;
const BETWEEN_PARTS_MS = 1_500;
/** Of each tenth of a second a process runs this long while it crawls. */
const CRAWL = { seconds: 10, everyMs: 100, runsMs: 10 } as const;

const WORDS: Readonly<Record<Kind, string>> = {
  edge: 'an edge',
  relay: 'the relay',
  embedded: 'the embedded backends',
  dispatch: 'dispatch',
  kafka: 'a Kafka broker',
  cassandra: 'Cassandra',
  redis: 'Redis',
};

const ALL: readonly Kind[] = ['edge', 'relay', 'embedded', 'dispatch', 'kafka', 'cassandra', 'redis'];

export const FAULTS: readonly Fault[] = [
  ...ALL.map(killing),
  ...ALL.map(pausing),
  {
    name: 'two-relays',
    does: `a second relay with the same identity for ${TWINS_MS / 1_000} s, then kill -9 of one of the two`,
    inject: twoRelays,
  },
  ...(['relay', 'embedded', 'dispatch', 'kafka', 'cassandra'] as const).map(crawling),
  { name: 'kill-box', does: 'kill -9 of the supervisor, the whole box started again', inject: (target) => restartBox(target, 'SIGKILL') },
  {
    name: 'rolling-restart',
    does: 'SIGTERM to each process in turn, each when the one before is back, then the box as a whole',
    inject: rollingRestart,
  },
  {
    name: 'kill-generator',
    does: 'kill -9 of a worker of the load engine, which goes on with its ledger',
    inject: async (target, random) => {
      const worker = random.below(target.workers);
      await target.restartWorker(worker);
      return `worker ${worker}`;
    },
  },
  {
    name: 'kill-generators',
    does: 'kill -9 of all workers of the load engine at once, which go on with their ledgers',
    inject: async (target) => {
      await Promise.all(Array.from({ length: target.workers }, (_, worker) => target.restartWorker(worker)));
      return 'all workers';
    },
  },
  neverDone(
    'slow-disk',
    'a slow disk',
    'a throttle of writes through the page cache (cgroup v2 io.max) is not used; the crawls stand in for it',
  ),
  neverDone(
    'slow-network',
    'a slow network',
    'both ends are on one loopback, and delaying it (netem) would delay the load engine too; the crawls stand in for it',
  ),
];

function killing(kind: Kind): Fault {
  return {
    name: `kill-${kind}`,
    does: `kill -9 of ${WORDS[kind]}`,
    cannot: absent(kind),
    inject: async (target, random) => {
      const part = await one(target, kind, random);
      process.kill(part.pid, 'SIGKILL');
      await back(target, part, random);
      return part.name;
    },
  };
}

function pausing(kind: Kind): Fault {
  const { seconds, beyond } = PAUSES[kind];
  return {
    name: `pause-${kind}`,
    does: `SIGSTOP of ${WORDS[kind]} for ${seconds} s, longer than ${beyond}`,
    cannot: absent(kind),
    inject: async (target, random) => {
      const part = await one(target, kind, random);
      process.kill(part.pid, 'SIGSTOP');
      await Bun.sleep(seconds * 1_000);
      resume(part.pid);
      return part.name;
    },
  };
}

function crawling(kind: Kind): Fault {
  return {
    name: `crawl-${kind}`,
    does: `${WORDS[kind]} runs a tenth of the time for ${CRAWL.seconds} s`,
    cannot: absent(kind),
    inject: async (target, random) => {
      const part = await one(target, kind, random);
      const untilMs = performance.now() + CRAWL.seconds * 1_000;
      try {
        while (performance.now() < untilMs) {
          process.kill(part.pid, 'SIGSTOP');
          await Bun.sleep(CRAWL.everyMs - CRAWL.runsMs);
          process.kill(part.pid, 'SIGCONT');
          await Bun.sleep(CRAWL.runsMs);
        }
      } finally {
        resume(part.pid);
      }
      return part.name;
    },
  };
}

/** The second has the very settings of the first, and no supervisor. Which of the two dies is drawn. */
async function twoRelays(target: Target, random: Random): Promise<string> {
  const [relay] = await partsOf(target, 'relay');
  if (relay === undefined) throw new Error('the relay is away');
  const words = readFileSync(`/proc/${relay.pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  const environment = Object.fromEntries(
    readFileSync(`/proc/${relay.pid}/environ`, 'utf8')
      .split('\0')
      .filter((line) => line.includes('=') && !line.startsWith('NODE_CHANNEL'))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const twin = Bun.spawn(words, { env: environment, stdio: ['ignore', 'ignore', 'ignore'] });
  try {
    await Bun.sleep(TWINS_MS);
    if (twin.exitCode !== null) throw new Error(`the second relay ended by itself with code ${twin.exitCode}`);
    if (random.unit() < 0.5) return 'the second died';
    process.kill(relay.pid, 'SIGKILL');
    await back(target, relay, random);
    return 'the first died, the second after it';
  } finally {
    twin.kill('SIGKILL');
    await twin.exited;
  }
}

async function restartBox(target: Target, signal: 'SIGTERM' | 'SIGKILL'): Promise<string> {
  await target.box.restart(signal);
  return 'the box';
}

async function rollingRestart(target: Target, random: Random): Promise<string> {
  const names = await restartInTurn(target, ALL, random);
  await restartBox(target, 'SIGTERM');
  return `${names.join(', ')}, the box`;
}

/** SIGTERM to each process of these kinds, in their order, each when the one before is back. Gives their names. */
export async function restartInTurn(target: Target, kinds: readonly Kind[], random: Random): Promise<string[]> {
  const names: string[] = [];
  for (const kind of kinds) {
    for (const part of kindsOf(target).has(kind) ? await partsOf(target, kind) : []) {
      if (part.server !== undefined) {
        await part.server.stop();
        await part.server.start();
      } else {
        process.kill(part.pid, 'SIGTERM');
        await back(target, part, random);
      }
      names.push(part.name);
      await Bun.sleep(BETWEEN_PARTS_MS);
    }
  }
  return names;
}

/** Named, so that nobody takes it for done. */
function neverDone(name: string, does: string, because: string): Fault {
  return { name, does, cannot: () => because, inject: () => Promise.reject(new Error(because)) };
}

function absent(kind: Kind): (target: Target) => string | undefined {
  return (target) => {
    if (kindsOf(target).has(kind)) return undefined;
    if (kind === 'embedded') return 'the box runs on real systems';
    if (target.box.info.pids.dispatchers === undefined) return 'the box runs on its embedded backends';
    return kind === 'dispatch' ? 'this box has no dispatch' : 'its servers are not of a stack of parley up on this machine';
  };
}

async function one(target: Target, kind: Kind, random: Random): Promise<Part> {
  const parts = await partsOf(target, kind);
  const part = parts[random.below(parts.length)];
  if (part === undefined) throw new Error(`no ${kind} is there`);
  return part;
}

/** Waits until the process has gone and another of its name is there; a server of the stack is started by us. */
async function back(target: Target, part: Part, random: Random): Promise<void> {
  const goneByMs = performance.now() + GONE_LIMIT_MS + BACK_LIMIT_MS / 2;
  while (isRunning(part.pid)) {
    if (performance.now() > goneByMs) throw new Error(`${part.name} does not end`);
    await Bun.sleep(POLL_MS);
  }
  if (part.server !== undefined) {
    await Bun.sleep(AWAY_MS.least + random.unit() * (AWAY_MS.most - AWAY_MS.least));
    return part.server.start();
  }
  const backByMs = performance.now() + BACK_LIMIT_MS;
  for (;;) {
    const now = (await partsOf(target, part.kind)).find((other) => other.name === part.name);
    if (now !== undefined && now.pid !== part.pid) return;
    if (performance.now() > backByMs) throw new Error(`${part.name} does not come back`);
    await Bun.sleep(POLL_MS);
  }
}

function resume(pid: number): void {
  if (isRunning(pid)) process.kill(pid, 'SIGCONT');
}
