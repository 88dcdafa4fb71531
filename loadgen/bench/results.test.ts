import { describe, expect, test } from 'bun:test';
import type { RunRecord, RunSample } from '../../capacity/run-record.ts';
import { syntheticRun } from '../../capacity/synthetic-run.ts';
import { NOISE_BOUNDS, noiseOf } from './noise.ts';
import { rowResult } from './results.ts';
import { ROWS, type Row, type RunName, runsOf } from './rows.ts';
import type { Outcome } from './run-outcome.ts';
import { type BenchHead, markdownOf, tableOf } from './table.ts';

const rowOf = (name: string) => ROWS.find((row) => row.name === name) as Row;
const outcomes = (...list: ReadonlyArray<readonly [RunName, readonly Outcome[]]>) => new Map(list);
const HEAD: BenchHead = { quick: false, repeats: 3, machine: '2 cores', date: '2026-11-25' };

/** The same run with a neighbour that uses this share of the machine's processors. */
function withOthers(record: RunRecord, share: number): RunRecord {
  const perMs = record.host.cores * 1_000 * share;
  const samples: readonly RunSample[] = record.samples.map((sample) => ({ ...sample, busyUs: sample.busyUs + sample.tMs * perMs }));
  return { ...record, samples };
}

describe('a row', () => {
  const message = rowOf('message-10k');
  const quiet = syntheticRun({ connections: 60_000 });

  test('is judged by the run of its own cell, and shows what it is made of', () => {
    const result = rowResult(message, outcomes(['message-10k', [quiet, quiet, quiet]]), false);
    expect(result.ours.spread?.repeats).toBe(3);
    expect(result.ours.spread?.least).toBe(result.ours.spread?.most as number);
    const [edges, relay] = result.parts;
    expect((edges?.spread?.median ?? 0) + (relay?.spread?.median ?? 0)).toBeCloseTo(result.ours.spread?.median as number, 1);
    expect(['reached', 'missed']).toContain(result.verdict.kind);
  });

  test('gives the ratio to a peer that ran and the reason for one that did not', () => {
    const result = rowResult(message, outcomes(['message-10k', [quiet]], ['bun-10k', [quiet]], ['ws-10k', [{ notRun: 'no node' }]]), false);
    expect(result.peers[0]?.ratio).toBe(1);
    expect(result.peers[1]?.missing).toBe('no node');
    expect(result.quoted[0]?.ratio).toBeGreaterThan(0);
  });

  test('whose goal is a multiple of its peers is judged by the best of them, and by nobody where none ran', () => {
    const row = { ...rowOf('generator-rate'), timesPeers: 10 };
    const ours = { ...quiet, measured: { sentPerSecond: 9_990 } };
    const peer = (sentPerSecond: number) => ({ ...quiet, measured: { sentPerSecond } });
    const verdict = (...theirs: Outcome[]) =>
      rowResult({ ...row }, outcomes(['message-10k', [ours]], ['artillery-10k', theirs]), false).verdict.kind;
    expect(verdict(peer(990))).toBe('reached');
    expect(verdict(peer(1_000))).toBe('missed');
    const { goal: _, ...open } = row;
    expect(rowResult(open, outcomes(['message-10k', [ours]]), false).verdict).toEqual({ kind: 'notJudged', reason: 'no goal was set' });
    expect(rowOf('generator-per-gb').timesPeers).toBe(10);
  });

  test('of connections per GB is what one takes, the other way round', () => {
    const [bytes, perGb] = ['generator-memory', 'generator-per-gb'].map(
      (name) => rowResult(rowOf(name), outcomes(['idle-hs256', [quiet]]), false).ours.spread!.median,
    );
    expect(perGb! * bytes!).toBeCloseTo(1e9, -3);
  });

  test('of a run in which others had the processors is noisy', () => {
    const noisy = withOthers(quiet, NOISE_BOUNDS.othersShare + 0.1);
    expect(rowResult(message, outcomes(['message-10k', [noisy]]), false).verdict.kind).toBe('noisy');
    expect(rowResult(message, outcomes(['message-10k', [noisy, quiet]]), false).verdict.kind).not.toBe('noisy');
  });

  test('of a run that lost messages does not count', () => {
    const lossy = { ...quiet, ledger: { ...quiet.ledger, lost: 3 } };
    const { verdict } = rowResult(message, outcomes(['message-10k', [lossy]]), false);
    expect(verdict).toEqual({ kind: 'noisy', reason: '3 messages were lost, 0 never sent, 0 without an answer' });
  });

  test('leaves out the first window of messages, in which code is compiled', () => {
    const window = quiet.cpuWindows.find((one) => one.name === 'chat')!;
    const cold = { ...window, roles: { ...window.roles, edge: { processes: 1, userUs: window.operations.sends * 900, systemUs: 0 } } };
    const others = quiet.cpuWindows.filter((one) => one.name !== 'chat');
    const of = (...chat: (typeof window)[]) =>
      rowResult(message, outcomes(['message-10k', [{ ...quiet, cpuWindows: [...others, ...chat] }]]), false).ours.spread!.median;
    expect(of(cold, window)).toBeCloseTo(of(window), 6);
    expect(of(cold)).toBeGreaterThan(of(window) * 2);
  });

  test('of memory needs three sizes', () => {
    const short = { ...quiet, checkpoints: quiet.checkpoints.slice(0, 2) };
    expect(rowResult(rowOf('memory-plain'), outcomes(['idle-hs256', [short]]), false).verdict.kind).toBe('notRun');
    expect(rowResult(rowOf('memory-plain'), outcomes(['idle-hs256', [quiet]]), false).ours.spread?.median).toBeGreaterThan(1_000);
  });

  test('of connections says how far it got and what stopped it', () => {
    const stopped = { ...quiet, problems: [{ tMs: 9, whose: 'box', text: 'only 60000 of 1000000 connections opened' } as const] };
    const result = rowResult(rowOf('million'), outcomes(['million', [stopped]]), false);
    expect(result.ours.spread?.median).toBe(60_000);
    expect(result.verdict.kind).toBe('missed');
    expect(result.notes).toEqual(['only 60000 of 1000000 connections opened']);
  });
});

test('a quiet run has no noise over its bounds', () => {
  expect(noiseOf(syntheticRun(), ['ramp']).over).toBeUndefined();
});

test('the hypervisor counts as others do', () => {
  const run = syntheticRun();
  const cpuWindows = run.cpuWindows.map((window) => ({ ...window, machine: { ...window.machine, stealUs: window.wallMs * 500 } }));
  expect(noiseOf({ ...run, cpuWindows }, ['ramp']).over).toContain('hypervisor');
});

test('rows that share a run make it once, and a row alone makes no other’s', () => {
  const names = runsOf(ROWS.filter((row) => !row.optIn));
  expect(new Set(names).size).toBe(names.length);
  expect(names).not.toContain('million');
  expect(runsOf([rowOf('handshake-eddsa')])).toEqual(['idle-eddsa']);
});

test('the table and the Markdown show goal, figure, verdict and who stands beside', () => {
  const run = syntheticRun({ connections: 60_000 });
  const results = [rowResult(rowOf('memory-plain'), outcomes(['idle-hs256', [run]], ['bun-idle', [run]]), false)];
  for (const text of [tableOf(results, HEAD), markdownOf(results, HEAD)]) {
    expect(text).toContain('≤ 5.60 KB');
    expect(text).toContain('bare Bun.serve');
    expect(text).toContain('Centrifugo');
    expect(text).toContain('quoted');
    expect(text).toMatch(/reached|missed/);
  }
});

test('quick figures say that they are not the goals’ sizes', () => {
  const results = [rowResult(rowOf('lateness'), outcomes(['message-10k', [syntheticRun()]]), true)];
  const text = tableOf(results, { ...HEAD, quick: true, repeats: 1 });
  expect(text).toContain('not the sizes of the goals');
  expect(text).toContain('not judged');
});
