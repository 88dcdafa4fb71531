/**
 * Takes test users out of a target again: each logs in once more, asks for its list, leaves every conversation in it, and asks
 * again until the list is empty. No faster than the connections came, a few at a time, each with a limit; counts who was done.
 */
import { randomBytes } from 'node:crypto';
import { encodeFrame } from '../../services/protocol/codec.ts';
import { LIMITS } from '../../services/protocol/limits.ts';
import { Upgrade } from '../client/upgrade.ts';
import { RawClient, type RawTarget } from '../slow/raw-client.ts';

export interface LeaveInput {
  readonly targets: readonly RawTarget[];
  readonly path: string;
  readonly users: number;
  readonly usersPerSecond: number;
  readonly tokenOf: (user: number) => string;
  readonly signal: AbortSignal;
}

const AT_ONCE = 32;
const STEP_MS = 20;
const ANSWER_MS = 5_000;
/** A page is left, then the next: more pages than this a test user does not have. */
const MOST_PAGES = 64;
/** Of the list, which is read behind the log. */
const AGAIN_MS = 200;
const NOTHING = new Uint8Array(0);

/** Gives how many users have left all that they were in. */
export async function leaveAll(input: LeaveInput): Promise<number> {
  const { users, usersPerSecond, signal } = input;
  const upgrades = input.targets.map(({ host, port }) => new Upgrade(`${host}:${port}`, input.path, randomBytes(16).toString('base64')));
  const going = new Set<Promise<void>>();
  const fromMs = performance.now();
  let begun = 0;
  let left = 0;
  while (begun < users && !signal.aborted) {
    const due = Math.min(users, Math.floor(((performance.now() - fromMs) / 1_000) * usersPerSecond) + 1);
    for (; begun < due && going.size < AT_ONCE; begun++) {
      const at = begun % upgrades.length;
      const one = leave(input.targets[at]!, upgrades[at]!, input.tokenOf(begun)).then((done) => {
        if (done) left++;
      });
      going.add(one);
      void one.finally(() => going.delete(one));
    }
    await Bun.sleep(STEP_MS);
  }
  await Promise.all(going);
  return left;
}

async function leave(target: RawTarget, upgrade: Upgrade, token: string): Promise<boolean> {
  const seen: { welcome: boolean; page: readonly number[] | undefined; answers: number } = { welcome: false, page: undefined, answers: 0 };
  const client = new RawClient(target, upgrade, (frame) => {
    if (frame.name === 'welcome') seen.welcome = true;
    else if (frame.name === 'listPage') seen.page = frame.rows.map(({ conversation }) => conversation);
    else if (frame.name === 'sequenced' || frame.name === 'rejected') seen.answers++;
  });
  try {
    if (!(await client.open(token))) return false;
    client.send(encodeFrame('hello', { capabilities: 0, heartbeatSeconds: 60, flags: 0, position: NOTHING }));
    await client.until(() => seen.welcome, ANSWER_MS);
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      seen.page = undefined;
      // Each waits for its answer and counts for 16 of those that a connection may have: a few at a time.
      client.send(encodeFrame('list', { position: NOTHING, count: Math.min(16, LIMITS.conversationsPerPage.value) }));
      await client.until(() => seen.page !== undefined, ANSWER_MS);
      const conversations = seen.page as readonly number[] | undefined;
      if (conversations === undefined) return false;
      if (conversations.length === 0) return true;
      seen.answers = 0;
      for (const conversation of conversations) client.send(encodeFrame('leave', { conversation, id: randomBytes(16) }));
      await client.until(() => seen.answers >= conversations.length, ANSWER_MS);
      await Bun.sleep(AGAIN_MS);
    }
    return false;
  } finally {
    client.leave();
  }
}
