import { describe, expect, test } from 'bun:test';
import { withLatency, withLedger } from './altered-run.harness.ts';
import { BOX_CLAIMS, connectionsClaim, SHEET, sendsClaim } from './claims.ts';
import type { RunRecord } from './run-record.ts';
import type { SyntheticOptions } from './synthetic-costs.ts';
import { syntheticRun } from './synthetic-run.ts';
import { exitCodeOf, judge, verdictLines } from './verdict.ts';

const SMALL: Partial<SyntheticOptions> = { connections: 60_000, sizes: [0, 20_000, 40_000, 60_000], edges: 4, workers: 3, seed: 3 };

function verdictsOf(record: RunRecord, claims = BOX_CLAIMS): readonly [connections: string, sends: string] {
  const [connections, sends] = judge(claims, record);
  return [connections!.verdict, sends!.verdict];
}

function reasonsOf(record: RunRecord): string {
  return judge(BOX_CLAIMS, record)
    .map((one) => one.reason)
    .join('\n');
}

test('the sheet’s rows for one box: 500,000 connections, and 5 M / 2,000 = 2,500 sends/s', () => {
  expect(BOX_CLAIMS.map((claim) => claim.value)).toEqual([500_000, 2_500]);
  expect(SHEET.peakSendsPerSecond / SHEET.gateways).toBe(2_500);
});

describe('proved', () => {
  test('both rows held at once at the claimed size', () => {
    expect(verdictsOf(syntheticRun())).toEqual(['proved', 'proved']);
  });

  test('one line a claim, aligned, with what was held', () => {
    expect(verdictLines(judge(BOX_CLAIMS, syntheticRun()))).toEqual([
      'connections per box       500,000  proved  held 500,000 for 91 s, 5.2 KB ± 1 B each',
      'sends per second per box    2,500  proved  2,500/s held for 61 s, accepted p99 7.9 ms, delivered p99 18 ms, none lost',
    ]);
  });

  test('a claim of idle connections alone, when nothing else is claimed', () => {
    const idle = syntheticRun({
      connections: 1_000_000,
      sendsPerSecond: 0,
      chatSeconds: 0,
      holdSeconds: 62,
      heartbeatSeconds: 60,
      edges: 60,
    });
    expect(judge([connectionsClaim(1_000_000)], idle)[0]!.verdict).toBe('proved');
  });

  test('the same record gives the same verdict, whatever stands beside it', () => {
    expect(judge(BOX_CLAIMS, syntheticRun())).toEqual(judge(BOX_CLAIMS, syntheticRun()));
  });
});

describe('extrapolated', () => {
  test('a smaller run that the model carries to the claim, from which sizes and with what error', () => {
    const record = syntheticRun(SMALL);
    expect(verdictsOf(record)).toEqual(['extrapolated', 'extrapolated']);
    expect(reasonsOf(record)).toMatch(/from 20,000 to 60,000: 5\.2 KB ± \d+ B each, 2\.9 GB ± .+ of 24\.5 GB at 500,000/);
    expect(reasonsOf(record)).toMatch(/0\.4\d of 2 cores at 2,500\/s and 500,000 connections/);
  });

  test('half the time that is claimed', () => {
    expect(verdictsOf(syntheticRun({ holdSeconds: 5, chatSeconds: 32 }))).toEqual(['extrapolated', 'extrapolated']);
  });

  test('connections in full, but with fewer sends among them than are claimed', () => {
    expect(verdictsOf(syntheticRun({ sendsPerSecond: 1_000 }))).toEqual(['extrapolated', 'extrapolated']);
  });
});

describe('inconclusive, for a smaller run whose model does not carry', () => {
  test('too few sizes for an error', () => {
    expect(verdictsOf(syntheticRun({ ...SMALL, sizes: [0, 60_000] }))[0]).toBe('inconclusive');
  });

  test('sizes that scatter too much', () => {
    expect(verdictsOf(syntheticRun({ ...SMALL, noiseBytes: 40_000_000 }))[0]).toBe('inconclusive');
  });

  test('a machine without the memory', () => {
    const record = syntheticRun({ ...SMALL, memoryBytes: 3_000_000_000 });
    expect(verdictsOf(record)[0]).toBe('inconclusive');
    expect(reasonsOf(record)).toContain('500,000 would take up to 2.9 GB of 2.5 GB');
  });

  test('a machine without the processors', () => {
    const record = syntheticRun(SMALL);
    const slow = record.cpuWindows.map((window) => ({
      ...window,
      roles: { ...window.roles, edge: { ...window.roles.edge!, userUs: window.roles.edge!.userUs * 30 } },
    }));
    expect(verdictsOf({ ...record, cpuWindows: slow })).toEqual(['inconclusive', 'inconclusive']);
  });

  test('a limit of the host that binds below the claim', () => {
    const record = syntheticRun(SMALL);
    const [connections] = judge(BOX_CLAIMS, record, { ...record.host.limits, fileMax: 200_000 });
    expect(connections!.verdict).toBe('inconclusive');
    expect(connections!.reason).toContain('fs.file-max = 200,000 binds at');
  });
});

describe('refuted, for a reason that is the box’s', () => {
  test('it broke below the claimed size', () => {
    const record = brokeAt(syntheticRun(), 410_000);
    const [connections] = judge(BOX_CLAIMS, record);
    expect(connections!.verdict).toBe('refuted');
    expect(connections!.reason).toBe('broke at 410,000 of 500,000 connections: edge 3 ended with code 1');
  });

  test('it broke while connections were opening, and nothing was ever held', () => {
    const record = syntheticRun();
    const broken: RunRecord = {
      ...record,
      complete: false,
      samples: record.samples.filter((sample) => sample.phase === 'start' || sample.phase === 'ramp').slice(0, 10),
      connections: { ...record.connections, opened: 120_000, unopened: 380_000, maximumOpen: 120_000 },
      problems: [{ tMs: 9_000, whose: 'box', text: 'relay gone for 30 s' }],
    };
    expect(judge(BOX_CLAIMS, broken)[0]!.verdict).toBe('refuted');
    expect(judge(BOX_CLAIMS, broken)[0]!.reason).toContain('broke at 120,000 of 500,000');
  });

  test('a smaller run that failed refutes the larger claim', () => {
    expect(verdictsOf(brokeAt(syntheticRun(SMALL), 41_000))[0]).toBe('refuted');
  });

  test('deliveries lost, doubled or out of order, whoever else was late', () => {
    for (const fault of [{ lost: 3, delivered: 309_997 }, { duplicated: 1 }, { outOfOrder: 1 }]) {
      const record = withLedger(syntheticRun(), fault, { delivered: fault.delivered ?? 310_000 });
      const late = { ...record, generator: { ...record.generator, latenessP99Us: 400_000 } };
      expect(verdictsOf(record)[1]).toBe('refuted');
      expect(verdictsOf(late)[1]).toBe('refuted');
    }
  });

  test('deliveries that came twice, whether or not the second was timed too', () => {
    const twice = { duplicated: 5, unexpected: 2 };
    for (const timed of [310_000, 310_005, 310_007]) {
      expect(verdictsOf(withLedger(syntheticRun(), twice, { delivered: timed }))[1]).toBe('refuted');
    }
    for (const timed of [309_999, 310_008]) {
      expect(verdictsOf(withLedger(syntheticRun(), twice, { delivered: timed }))[1]).toBe('inconclusive');
    }
  });

  test('accepted at half the rate that was offered', () => {
    const record = syntheticRun();
    const samples = record.samples.map((sample) => ({ ...sample, accepted: Math.floor(sample.accepted / 2) }));
    expect(verdictsOf({ ...record, samples })[1]).toBe('refuted');
  });

  test('over the objective of latency while the machine had processors left', () => {
    const slow = withLatency(syntheticRun(), 'accepted', 260_000);
    expect(verdictsOf(slow)[1]).toBe('refuted');
    expect(reasonsOf(slow)).toContain('accepted p99 260 ms, over 200 ms');
    expect(verdictsOf(withLatency(syntheticRun(), 'delivered', 600_000))[1]).toBe('refuted');
  });

  test('sends refused, or never answered', () => {
    const due = syntheticRun().ledger.due;
    const refused = unaccepted({ accepted: due - 10_000, refused: 10_000 });
    expect(verdictsOf(refused)[1]).toBe('refuted');
    expect(reasonsOf(refused)).toContain('10,000 of 155,000 sends were refused');
    const unknown = unaccepted({ accepted: due - 5, unknown: 5 });
    expect(verdictsOf(unknown)[1]).toBe('refuted');
    expect(reasonsOf(unknown)).toContain('5 sends never got an answer');
  });

  test('connections dropped, with the reason that was most frequent', () => {
    const record = syntheticRun();
    const dropped = { ...record, connections: { ...record.connections, dropped: 12 }, disconnects: { reset: 3, slowReader: 9 } };
    expect(verdictsOf(dropped)[0]).toBe('refuted');
    expect(reasonsOf(dropped)).toContain('12 connections were dropped, most of them slowReader (9)');
  });

  test('heartbeats that never arrived', () => {
    const record = syntheticRun();
    const received = Math.floor(record.heartbeats.sent * 0.99);
    expect(verdictsOf({ ...record, heartbeats: { ...record.heartbeats, received } })[0]).toBe('refuted');
  });
});

describe('not refuted by what is not the box’s', () => {
  test('a failure above the claimed size', () => {
    const record = brokeAt(syntheticRun({ connections: 1_000_000, edges: 60 }), 410_000);
    expect(judge([connectionsClaim(500_000)], record)[0]!.verdict).toBe('inconclusive');
    const fast = withLatency(syntheticRun({ sendsPerSecond: 20_000 }), 'accepted', 260_000);
    expect(judge([sendsClaim(2_500)], fast)[0]!.verdict).toBe('inconclusive');
  });

  test('a limit of the machine in the way', () => {
    const record = brokeAt(syntheticRun(), 198_000);
    const [connections] = judge(BOX_CLAIMS, record, { ...record.host.limits, fileMax: 400_000 });
    expect(connections!.verdict).toBe('inconclusive');
    expect(connections!.reason).toContain('fs.file-max');
  });

  test('full processors that the load engine shared', () => {
    const slow = withLatency(syntheticRun(), 'accepted', 260_000);
    const full = {
      ...slow,
      samples: slow.samples.map((sample) => ({ ...sample, busyUs: sample.tMs * 1_990, softirqUs: sample.tMs * 1_200 })),
    };
    expect(verdictsOf(full)[1]).toBe('inconclusive');
    expect(reasonsOf(full)).toContain('processors were full');
    const elsewhere = { ...full, settings: { ...full.settings, bothEnds: false } };
    expect(verdictsOf(elsewhere)[1]).toBe('refuted');
  });

  test('processors that were full while messages went, however idle they were before', () => {
    const slow = withLatency(syntheticRun(), 'accepted', 260_000);
    const from = slow.samples.find((sample) => sample.phase === 'chat')!.tMs;
    const samples = slow.samples.map((sample) => {
      const busyMs = Math.max(0, sample.tMs - from);
      return { ...sample, busyUs: busyMs * 1_990, softirqUs: busyMs * 1_200 };
    });
    expect(verdictsOf({ ...slow, samples })[1]).toBe('inconclusive');
  });
});

test('a run that may use two of four processors is believed, one that says so of four that are two is not', () => {
  const run = syntheticRun({ cores: 2 });
  const idle = run.cpuWindows.map((window) => ({
    ...window,
    machine: { ...window.machine, idleUs: window.machine.idleUs + window.wallMs * 2_000 },
  }));
  const pinned = { ...run, cpuWindows: idle, host: { ...run.host, onlineProcessors: 4 } };
  expect(verdictsOf(pinned)).toEqual(['proved', 'proved']);
  expect(verdictsOf({ ...run, host: { ...run.host, onlineProcessors: 4 } })).toEqual(['inconclusive', 'inconclusive']);
});

test('the exit code is that of the worst verdict', () => {
  expect(exitCodeOf(judge(BOX_CLAIMS, syntheticRun()))).toBe(0);
  expect(exitCodeOf(judge(BOX_CLAIMS, syntheticRun(SMALL)))).toBe(0);
  expect(exitCodeOf(judge(BOX_CLAIMS, { ...syntheticRun(), complete: false }))).toBe(2);
  expect(exitCodeOf(judge(BOX_CLAIMS, withLedger(syntheticRun(), { duplicated: 1 })))).toBe(1);
  expect(exitCodeOf([])).toBe(2);
});

/** Some of the sends were not accepted, and every count knows it. */
function unaccepted(changes: { readonly accepted: number; readonly refused?: number; readonly unknown?: number }): RunRecord {
  const pairs = changes.accepted * 2;
  const record = withLedger(
    syntheticRun(),
    { ...changes, recipientsExpected: pairs, delivered: pairs },
    { accepted: changes.accepted, delivered: pairs },
  );
  const samples = record.samples.map((sample) => ({ ...sample, accepted: Math.min(sample.accepted, changes.accepted) }));
  return { ...record, samples };
}

function brokeAt(record: RunRecord, connections: number): RunRecord {
  const cap = (count: number) => Math.min(count, connections);
  return {
    ...record,
    samples: record.samples.map((sample) => ({
      ...sample,
      connectionsClient: cap(sample.connectionsClient),
      connectionsServer: cap(sample.connectionsServer!),
    })),
    connections: {
      ...record.connections,
      opened: connections,
      failed: record.connections.attempted - connections,
      maximumOpen: connections,
    },
    problems: [{ tMs: 20_000, whose: 'box', text: 'edge 3 ended with code 1' }],
  };
}
