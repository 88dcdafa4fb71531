/**
 * Replaces the relay, then one edge after another, by SIGTERM: each ends as it does in an upgrade, an edge by its own drain, and
 * the supervisor starts another. The next one waits until the last one's clients are back.
 */
import { ownClockMs } from '../clock/offset.ts';
import type { Box } from '../coordinator/box.ts';
import type { RunningChat } from '../coordinator/running-chat.ts';
import { addSightings, type Sightings } from '../storm/sightings.ts';
import { seenOf } from '../storm/watch.ts';
import type { DrainOptions } from './drain-options.ts';
import type { DrainedPart, RelayDelays } from './drain-record.ts';

const STEP_MS = 250;
/** Calm counts when it has lasted so long. */
const CALM_MS = 1_500;
const WARM_MS = 3_000;
/** Sends under way, as seconds of the rate: more is a backlog. */
const BACKLOG_SECONDS = 0.5;
const FEW_SENDS = 20;

export interface Replaced {
  readonly parts: readonly DrainedPart[];
  readonly relayDelays?: RelayDelays;
  readonly seen: Sightings;
}

export async function replaceParts(options: DrainOptions, box: Box, chat: RunningChat, say: (text: string) => void): Promise<Replaced> {
  await Bun.sleep(WARM_MS + options.calmSeconds * 1_000);
  const startMs = ownClockMs();
  chat.group.broadcast({ type: 'storm', startMs, drop: 0 });
  const watch = new Watch(options, box, chat, startMs);
  const parts: DrainedPart[] = [];
  const replace = async (part: string, pidOf: () => number | undefined) => {
    if (chat.over || parts.some(({ calmMs }) => calmMs === undefined)) return;
    const done = await watch.replace(part, pidOf);
    parts.push(done);
    say(
      `${part}: ${done.calmMs === undefined ? `not overcome in ${options.limitSeconds} s` : `${done.closed} closed, all back after ${((done.calmMs - done.fromMs) / 1_000).toFixed(1)} s`}`,
    );
  };
  await replace('relay', () => box.info.pids.relay);
  const relayDelays = await watch.delays();
  if (!options.relayOnly) for (let edge = 0; edge < options.edges; edge++) await replace(`edge ${edge}`, () => box.info.pids.edges[edge]);
  return { parts, ...(relayDelays === undefined ? {} : { relayDelays }), seen: await watch.seen() };
}

class Watch {
  private readonly options: DrainOptions;
  private readonly box: Box;
  private readonly chat: RunningChat;
  private readonly startMs: number;
  private mark = 0;

  constructor(options: DrainOptions, box: Box, chat: RunningChat, startMs: number) {
    this.options = options;
    this.box = box;
    this.chat = chat;
    this.startMs = startMs;
  }

  async seen(): Promise<Sightings> {
    return addSightings([...(await seenOf(this.chat.group, this.mark++, false)).values()]);
  }

  /** Of connections that nothing has disturbed yet. */
  async delays(): Promise<RelayDelays | undefined> {
    const during = [...(await seenOf(this.chat.group, this.mark++, true)).values()].flatMap(({ during }) => during ?? []);
    if (during.length === 0) return undefined;
    return {
      acceptedMaxUs: Math.max(...during.map(({ accepted }) => accepted.maxUs)),
      deliveredMaxUs: Math.max(...during.map(({ delivered }) => delivered.maxUs)),
    };
  }

  async replace(part: string, pidOf: () => number | undefined): Promise<DrainedPart> {
    const { chat, box } = this;
    await box.refresh();
    const before = pidOf();
    if (before === undefined) throw new Error(`${part} is away before it is replaced`);
    chat.group.broadcast({ type: 'step' });
    const closedBefore = closed(await this.seen());
    const fromMs = this.tMs;
    process.kill(before, 'SIGTERM');
    let replacedMs: number | undefined;
    let calmSinceMs = Number.POSITIVE_INFINITY;
    while (this.tMs - fromMs < this.options.limitSeconds * 1_000 && !chat.over && this.tMs - calmSinceMs < CALM_MS) {
      await Bun.sleep(STEP_MS);
      await box.refresh();
      const pid = pidOf();
      if (replacedMs === undefined && pid !== undefined && pid !== before) replacedMs = this.tMs;
      const calm = replacedMs !== undefined && (await this.isCalm());
      calmSinceMs = calm ? Math.min(calmSinceMs, this.tMs) : Number.POSITIVE_INFINITY;
    }
    const seen = await this.seen();
    return {
      part,
      fromMs,
      ...(replacedMs === undefined ? {} : { replacedMs }),
      ...(Number.isFinite(calmSinceMs) ? { calmMs: calmSinceMs } : {}),
      closed: closed(seen) - closedBefore,
      mostOfOne: seen.mostInStep,
    };
  }

  private async isCalm(): Promise<boolean> {
    const { connections, sendsPerSecond } = this.options;
    const { open, pending } = await this.chat.pulse();
    return open === connections && pending <= Math.max(FEW_SENDS, sendsPerSecond * BACKLOG_SECONDS);
  }

  private get tMs(): number {
    return ownClockMs() - this.startMs;
  }
}

function closed({ byDrops }: Sightings): number {
  return byDrops.reduce((total, clients, times) => total + clients * times, 0);
}
