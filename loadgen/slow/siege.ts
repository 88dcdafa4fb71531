/**
 * Attackers of one disturbed part: so many of each kind, and a flood of connects, all from an address of their own. Watched each
 * for itself until the box ended it; the box's own counters say which limit did. Runs beside the chat in the coordinator's
 * process, so that its processor time is the load engine's and nobody else's.
 */
import { randomBytes } from 'node:crypto';
import { Upgrade } from '../client/upgrade.ts';
import { ownClockMs } from '../clock/offset.ts';
import { type Box, sumOf } from '../coordinator/box.ts';
import type { Attack, SlowBehaviour } from '../scenario/scenario.ts';
import { ATTACKS_DONE, type AttackTools } from './attacks.ts';
import { BOUNDS } from './bounds.ts';
import { RawClient, type RawTarget } from './raw-client.ts';

export interface AttackSeen {
  readonly attack: Attack;
  readonly clients: number;
  /** By the box. */
  readonly ended: number;
  /** The longest that one was held, of those that ended. */
  readonly longestSeconds: number;
  /** What the box counted meanwhile, by its own names; left out where it did not answer. */
  readonly counted?: Readonly<Record<string, number>>;
}

export interface SiegeTarget extends RawTarget {
  readonly path: string;
  /** The token of attacker number n. */
  readonly tokenOf: (attacker: number) => string;
}

const ATTACKERS_FROM = '127.66.0.1';
const FLOOD_STEP_MS = 50;
const MOST_FLOOD_OPEN = 400;
/** The counters of an edge reach the supervisor with its next report. */
const COUNTED_MS = 1_500;
const BAD_TOKEN = 'e30.e30.AAAA';

export class Siege {
  private readonly behaviour: SlowBehaviour;
  private readonly box: Box;
  private readonly target: SiegeTarget;
  private readonly upgrade: Upgrade;
  private attackers = 0;

  constructor(behaviour: SlowBehaviour, box: Box, target: SiegeTarget) {
    this.behaviour = behaviour;
    this.box = box;
    // Only of this machine may one choose where a connection comes from.
    this.target = target.host.startsWith('127.') ? { ...target, from: ATTACKERS_FROM } : target;
    this.upgrade = new Upgrade(`${target.host}:${target.port}`, target.path, randomBytes(16).toString('base64'));
  }

  /** One part, of so many seconds; resolves when it is over and nothing of it is left. */
  async part(seconds: number): Promise<AttackSeen[]> {
    const { attacks, clients, floodPerSecond } = this.behaviour;
    const over = new AbortController();
    const before = await this.box.metrics();
    const untilMs = ownClockMs() + seconds * 1_000 - COUNTED_MS;
    const sieges = attacks.map(async (attack) =>
      attack === 'flood' ? await this.flood(floodPerSecond, untilMs) : await this.hold(attack, clients, untilMs, over.signal),
    );
    const seen = await Promise.all(sieges);
    over.abort();
    await Bun.sleep(COUNTED_MS);
    const after = await this.box.metrics();
    return seen.map((one) => {
      const counted = before === undefined || after === undefined ? undefined : countedBetween(BOUNDS[one.attack].metrics, before, after);
      return counted === undefined ? one : { ...one, counted };
    });
  }

  private async hold(attack: Exclude<Attack, 'flood'>, clients: number, untilMs: number, signal: AbortSignal): Promise<AttackSeen> {
    const tools: AttackTools = {
      connect: (onFrame) => new RawClient(this.target, this.upgrade, onFrame),
      token: () => this.target.tokenOf(this.attackers++),
      signal,
    };
    const begun = await Promise.all(
      Array.from({ length: clients }, async () => {
        const client = await ATTACKS_DONE[attack](tools);
        return { client, sinceMs: ownClockMs() };
      }),
    );
    await Promise.all(begun.map(({ client }) => client.until(() => false, Math.max(0, untilMs - ownClockMs()))));
    const held = begun.flatMap(({ client, sinceMs }) => (client.endedMs === undefined ? [] : [client.endedMs - sinceMs]));
    for (const { client } of begun) client.leave();
    return { attack, clients, ended: held.length, longestSeconds: Math.max(0, ...held) / 1_000 };
  }

  /** Connects at a rate, each with a token that is none; so many open at once at the most, the rest is left out. */
  private async flood(perSecond: number, untilMs: number): Promise<AttackSeen> {
    let clients = 0;
    let ended = 0;
    let longestMs = 0;
    const open = new Set<Promise<void>>();
    const fromMs = ownClockMs();
    const once = async () => {
      const sinceMs = ownClockMs();
      const client = new RawClient(this.target, this.upgrade);
      await client.open(BAD_TOKEN);
      if (client.refused !== undefined || client.endedMs !== undefined) ended++;
      longestMs = Math.max(longestMs, ownClockMs() - sinceMs);
      client.leave();
    };
    while (ownClockMs() < untilMs) {
      const due = Math.floor(((ownClockMs() - fromMs) / 1_000) * perSecond);
      for (; clients < due && open.size < MOST_FLOOD_OPEN; clients++) {
        const connect = once();
        open.add(connect);
        void connect.finally(() => open.delete(connect));
      }
      await Bun.sleep(FLOOD_STEP_MS);
    }
    await Promise.all(open);
    return { attack: 'flood', clients, ended, longestSeconds: longestMs / 1_000 };
  }
}

function countedBetween(names: readonly string[], before: string, after: string): Record<string, number> {
  const value = (text: string, name: string) => sumOf(text, name.replaceAll(/[{}]/g, '\\$&')) ?? 0;
  return Object.fromEntries(names.map((name) => [name, value(after, name) - value(before, name)]));
}
