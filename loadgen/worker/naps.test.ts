/** Devices that sleep, and what their radios do: driven by time, without a socket. */
import { describe, expect, test } from 'bun:test';
import { Radio } from '../client/radio.ts';
import { Naps } from './naps.ts';

const PHASES = { warmSeconds: 0, calmSeconds: 10, disturbedSeconds: 50, guardSeconds: 1, turns: 1 };
const PLAN = { sleepsPerDeviceHour: 36, sleepSeconds: 4, radioTailSeconds: 2 };

function driven() {
  const open = new Array<boolean>(100).fill(true);
  const asleep: Array<{ readonly connection: number; readonly sleepMs: number; readonly atMs: number }> = [];
  let nowMs = 0;
  const ports = {
    isOpen: (connection: number) => open[connection]!,
    vanish: (connection: number, sleepMs: number) => {
      open[connection] = false;
      asleep.push({ connection, sleepMs, atMs: nowMs });
    },
  };
  const naps = new Naps(PLAN, PHASES, 100, 1, ports, () => nowMs);
  naps.start(0);
  const until = (ms: number) => {
    for (; nowMs < ms; nowMs += 100) naps.tick(nowMs);
  };
  return { naps, open, asleep, until };
}

describe('naps', () => {
  test('are taken at their rate in the disturbed part, each by another device, and none that could not end in time', () => {
    const { asleep, until } = driven();
    until(10_000);
    expect(asleep.length).toBe(0);
    until(60_000);
    // One a second for 100 devices of 36 an hour; the last 9 s are for coming back.
    expect(asleep.length).toBeGreaterThanOrEqual(40);
    expect(asleep.length).toBeLessThanOrEqual(42);
    expect(new Set(asleep.map(({ connection }) => connection)).size).toBe(asleep.length);
    for (const { sleepMs } of asleep) expect(Math.abs(sleepMs - 4_000)).toBeLessThanOrEqual(2_000);
    expect(Math.max(...asleep.map(({ atMs }) => atMs))).toBeLessThanOrEqual(51_100);
  });

  test('tell a connection that the box missed from one that was replaced, and back from caught up', () => {
    const { naps, open, asleep, until } = driven();
    until(13_500);
    const [one, other, third] = asleep.map(({ connection }) => connection);
    naps.ended(one!);
    open[other!] = true;
    naps.welcomed(other!, 13_000);
    naps.ended(other!);
    expect(naps.seen).toMatchObject({ caughtUp: 0, replaced: 1 });
    naps.caughtUp(other!);
    naps.caughtUp(third!);
    naps.caughtUp(other!);
    expect(naps.seen).toMatchObject({ slept: 3, caughtUp: 1, replaced: 1, backMs: [500] });
    expect(naps.seen.noticedMs).toEqual([13_500 - asleep[0]!.atMs]);
  });
});

describe('a radio', () => {
  test('wakes for what comes after its tail, and stays awake for what comes within', () => {
    const radio = new Radio(2, 2_000);
    radio.read(0, 99, 500);
    radio.start(1_000);
    for (const atMs of [2_000, 3_500, 5_400]) radio.wrote(0, 7, atMs);
    radio.read(0, 100, 7_401);
    radio.wrote(1, 1, 7_401);
    expect(radio.seen(11_000)).toEqual({ deviceSeconds: 20, bytesOut: 22, bytesIn: 100, writes: 4, reads: 1, wakeUps: 2 });
  });
});
