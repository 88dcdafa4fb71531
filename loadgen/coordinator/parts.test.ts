/** The small parts of the coordinator: plan, metrics, progress line, CPU between readings, options. */
import { describe, expect, test } from 'bun:test';
import { DEFAULT_SHAPE } from '../../capacity/box-shape.ts';
import type { RunSample } from '../../capacity/run-record.ts';
import { OptionError } from '../../services/runtime/whole-option.ts';
import { readLoadOptions } from '../verbs/load-options.ts';
import { sumOf } from './box.ts';
import { type CpuReading, cpuBetween } from './meter.ts';
import { DEFAULT_OPTIONS, planRun } from './plan.ts';
import { Progress, progressLine } from './progress.ts';

const SHAPE = { ...DEFAULT_SHAPE, workers: 3, edges: 2 };

describe('the plan of a run', () => {
  test('pauses the ramp at five sizes, and has a conversation for ten connections', () => {
    const plan = planRun(DEFAULT_OPTIONS, SHAPE, 0x1234_5678);
    expect(plan.checkpoints).toEqual([10_000, 20_000, 30_000, 40_000, 50_000]);
    expect(plan.population).toMatchObject({ workers: 3, conversations: 5_000, userBlock: 0x678 });
    expect(plan.schedule.seconds).toBe(60);
  });

  test('without sends nobody talks, and a run of a few users has no large groups', () => {
    const silent = planRun({ ...DEFAULT_OPTIONS, sendsPerSecond: 0 }, SHAPE, 1);
    expect([silent.population.conversations, silent.schedule.seconds]).toEqual([0, 0]);
    expect(planRun({ ...DEFAULT_OPTIONS, connections: 10 }, SHAPE, 1).population).toMatchObject({ groupShare: 0, conversations: 1 });
    expect(planRun({ ...DEFAULT_OPTIONS, connections: 1, sendsPerSecond: 0 }, SHAPE, 1).checkpoints).toEqual([1]);
  });
});

test('a metric is added over its label sets, and one that is not there is not zero', () => {
  const text = '# HELP a x\na{reason="b"} 3\na{reason="c"} 4\nab 9\n';
  expect(sumOf(text, 'a')).toBe(7);
  expect(sumOf(text, 'ab')).toBe(9);
  expect(sumOf(text, 'b')).toBeUndefined();
});

test('CPU between two readings is the difference by role, also of a role that came later', () => {
  const machine = { userUs: 10, systemUs: 10, softirqUs: 1, irqUs: 0, stealUs: 0, idleUs: 5 };
  const from: CpuReading = { roles: { edge: { processes: 2, userUs: 100, systemUs: 50 } }, machine, pressureUs: 5 };
  const to: CpuReading = {
    roles: { edge: { processes: 3, userUs: 160, systemUs: 70 }, relay: { processes: 1, userUs: 9, systemUs: 1 } },
    machine: { ...machine, userUs: 30 },
    pressureUs: 8,
  };
  const between = cpuBetween(from, to);
  expect(between.roles).toEqual({
    edge: { processes: 3, userUs: 60, systemUs: 20 },
    relay: { processes: 1, userUs: 9, systemUs: 1 },
  });
  expect(between.machine).toMatchObject({ userUs: 20, systemUs: 0, pressureUs: 3 });
});

describe('the progress line', () => {
  const sample = (changes: Partial<RunSample>): RunSample => ({
    tMs: 5_000,
    phase: 'ramp',
    connectionsClient: 12_345,
    due: 0,
    accepted: 0,
    delivered: 0,
    refused: 0,
    heartbeatsSent: 0,
    cpuUs: {},
    softirqUs: 0,
    busyUs: 0,
    memAvailableBytes: 8 * 2 ** 30,
    ...changes,
  });

  test('says where the ramp is and how fast it goes', () => {
    expect(progressLine(sample({ busyUs: 1_500_000 }), sample({ tMs: 4_000, connectionsClient: 8_000 }), 50_000)).toBe(
      '   5 s ramp    12,345 of 50,000 connections  4,345/s  1.5 cores busy  8.0 GiB free',
    );
  });

  test('is rewritten on a terminal and a line of its own elsewhere', () => {
    const written: string[] = [];
    const sink = (isTerminal: boolean) => ({ isTerminal, write: (text: string) => void written.push(text) });
    const terminal = new Progress(sink(true), 1);
    terminal.sample(sample({}));
    terminal.say('note');
    terminal.end();
    expect(written[0]).toStartWith('\r\x1b[K');
    expect(written[1]).toBe('\r\x1b[Knote\n');
    expect(written.length).toBe(2);
    new Progress(sink(false), 1).sample(sample({}));
    expect(written[2]).toEndWith('free\n');
  });
});

describe('the options of a run', () => {
  test('have defaults, and start is judged by the sheet', () => {
    const { run, json, boxFile } = readLoadOptions('start', []);
    expect(run).toMatchObject({ connections: 50_000, sendsPerSecond: 2_500, chatSeconds: 60, idleSeconds: 15, claims: [], name: 'start' });
    expect([json, boxFile]).toEqual([false, undefined]);
  });

  test('hold and chat are judged by what they were asked for', () => {
    const hold = readLoadOptions('hold', ['--connections', '1,000,000', '--hold-seconds', '90', '--heartbeat-seconds', '60']);
    expect(hold.run).toMatchObject({ connections: 1_000_000, sendsPerSecond: 0, idleSeconds: 90, heartbeatSeconds: 60 });
    expect(hold.run.claims).toEqual([{ id: 'connectionsPerBox', value: 1_000_000 }]);
    const chat = readLoadOptions('chat', ['--connections', '100', '--rate', '7', '--token', 'EdDSA', '--box', 'x/box.json', '--tls']);
    expect(chat.run.claims).toEqual([
      { id: 'connectionsPerBox', value: 100 },
      { id: 'sendsPerSecondPerBox', value: 7 },
    ]);
    expect(chat).toMatchObject({ boxFile: 'x/box.json', run: { tokenAlgorithm: 'EdDSA', tls: true } });
  });

  test('a wrong word is named with its option', () => {
    for (const [kind, args, text] of [
      ['start', ['--token', 'rsa'], '--token takes one of hs256, eddsa, not "rsa"'],
      ['start', ['--group-share', '2'], '--group-share takes a share from 0 to 1'],
      ['start', ['--name', 'a/b'], '--name takes letters'],
      ['start', ['--connections', '1'], 'at least 2'],
      ['hold', ['--rate', '5'], 'hold sends nothing'],
      ['chat', ['--policy', 'linear'], '--policy takes one of none'],
    ] as const) {
      expect(() => readLoadOptions(kind, args)).toThrow(OptionError);
      expect(() => readLoadOptions(kind, args)).toThrow(text);
    }
    expect(() => readLoadOptions('start', ['--conections', '5'])).toThrow('--conections');
  });
});
