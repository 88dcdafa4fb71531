/**
 * Lies in the figures of a record: each takes the record of a run that proves both rows of the sheet, and makes it say
 * something else. What the reader of records refuses (a count below zero, a histogram whose counts don't add up) is not here.
 */
import { atSample, withLatencies, withLedger } from '../../capacity/altered-run.harness.ts';
import { syntheticRun } from '../../capacity/synthetic-run.ts';
import type { RecordLie } from './lie.ts';
import { halved, moved, paused, refusedLoad, unanswered } from './told-records.harness.ts';

type Told = readonly [lie: string, verdict: RecordLie['verdict'], says: string, tell: RecordLie['tell']];

const TOLD: readonly Told[] = [
  [
    'one delivery lost, and the sum made to close',
    'inconclusive',
    'latency of delivered has 310,000 samples for 309,999 events',
    (run) => withLedger(run, { lost: 1, delivered: run.ledger.delivered - 1 }),
  ],
  [
    'one delivery lost, and hidden',
    'inconclusive',
    'the sums do not close: deliveries: expected 310,000, parts 309,999',
    (run) => withLedger(run, { delivered: run.ledger.delivered - 1 }),
  ],
  [
    'one send that never was',
    'inconclusive',
    'the sums do not close: sends: due 155,001, parts 155,000',
    (run) => withLedger(run, { due: run.ledger.due + 1 }),
  ],
  ['one duplicate', 'refuted', '1 handed over twice', (run) => withLedger(run, { duplicated: 1 })],
  ['one message out of order', 'refuted', '1 out of order', (run) => withLedger(run, { outOfOrder: 1 })],
  [
    'one delivery still waiting',
    'refuted',
    '1 deliveries still wait for a device that was gone',
    (run) => withLedger(run, { waiting: 1, delivered: run.ledger.delivered - 1 }, { delivered: run.ledger.delivered - 1 }),
  ],
  [
    'slow samples left out of the histogram',
    'inconclusive',
    'latency of accepted has 154,950 samples for 155,000 events',
    (run) => ({
      ...run,
      latencies: run.latencies.map((one) => ({
        ...one,
        count: one.count - 50,
        buckets: [...one.buckets.slice(0, -1), one.buckets.at(-1)! - 50],
      })),
    }),
  ],
  [
    'slow samples called invalid',
    'inconclusive',
    '3,000 latency samples were beyond the clocks’ error',
    (run) => withLedger(run, { invalidLatency: 3_000 }, { delivered: run.ledger.delivered - 3_000 }),
  ],
  ['no histogram at all', 'inconclusive', 'latency of accepted has 0 samples for 155,000 events', (run) => ({ ...run, latencies: [] })],
  [
    'a worker lost, and its share left out',
    'inconclusive',
    '25 of 26 workers of the load engine reported',
    (run) => ({ ...run, generator: { ...run.generator, workersReported: 25 } }),
  ],
  [
    'sockets of a lost worker',
    'inconclusive',
    'the load engine lost 19,000 connections of its own',
    (run) => ({ ...run, connections: { ...run.connections, droppedByGenerator: 19_000 } }),
  ],
  [
    'a late generator',
    'inconclusive',
    'the load engine was late: p99 80 ms of at most 50 ms',
    (run) => ({ ...run, generator: { ...run.generator, latenessP99Us: 80_000 } }),
  ],
  [
    'a worker at its limit',
    'inconclusive',
    'a worker of the load engine used 97 % of a core',
    (run) => ({ ...run, generator: { ...run.generator, workerCpuShareMax: 0.97 } }),
  ],
  [
    'clocks that disagree',
    'inconclusive',
    'clocks of workers agree within 50 ms only',
    (run) => ({ ...run, generator: { ...run.generator, clockErrorUs: 50_000 } }),
  ],
  [
    'sends that were due and never sent',
    'inconclusive',
    '5,000 of 160,000 sends that were due were never sent',
    (run) => withLedger(run, { due: run.ledger.due + 5_000, unsent: 5_000 }),
  ],
  [
    'heartbeats that were due and never sent',
    'inconclusive',
    '9,000 of 1,625,699 heartbeats that were due were never sent',
    (run) => ({ ...run, heartbeats: { ...run.heartbeats, due: run.heartbeats.due + 9_000, unsent: 9_000 } }),
  ],
  [
    'one heartbeat that did not arrive',
    'inconclusive',
    '1 of 1,616,699 heartbeats are not accounted for',
    (run) => ({ ...run, heartbeats: { ...run.heartbeats, received: run.heartbeats.sent - 1 } }),
  ],
  [
    'more heartbeats received than sent',
    'inconclusive',
    'the box counted 1,616,700 heartbeats of 1,616,699 that were sent',
    (run) => ({ ...run, heartbeats: { ...run.heartbeats, received: run.heartbeats.sent + 1 } }),
  ],
  [
    'heartbeats that nobody counted',
    'inconclusive',
    'the box did not count the heartbeats',
    (run) => ({ ...run, heartbeats: { due: run.heartbeats.due, sent: run.heartbeats.sent, unsent: 0 } }),
  ],
  [
    'heartbeats switched off',
    'inconclusive',
    'the connections were to send no heartbeats',
    (run) => ({ ...run, settings: { ...run.settings, heartbeatSeconds: 0 }, heartbeats: { due: 0, sent: 0, unsent: 0, received: 0 } }),
  ],
  [
    'a tenth of the heartbeats',
    'inconclusive',
    '100,000 heartbeats were due, fewer than the 1,500,000 of the connections that were held',
    (run) => ({ ...run, heartbeats: { due: 100_000, sent: 100_000, unsent: 0, received: 100_000 } }),
  ],
  ['a dip of one second', 'refuted', 'broke at 499,000 of 500,000 connections', (run) => atSample(run, 60, { connectionsClient: 499_000 })],
  [
    'a box that holds fewer than the clients think',
    'refuted',
    'broke at 400,000 of 500,000 connections',
    (run) => atSample(run, 60, { connectionsServer: 400_000 }),
  ],
  [
    'a box that was never asked',
    'inconclusive',
    'the box never said how many connections it holds',
    (run) => ({ ...run, samples: run.samples.map(({ connectionsServer: _, ...sample }) => sample) }),
  ],
  [
    'samples left out where it hurts',
    'inconclusive',
    'there is no sample for 12.0 s while connections were held',
    (run) => ({ ...run, samples: run.samples.filter((sample) => sample.tMs < 70_000 || sample.tMs > 80_000) }),
  ],
  [
    'more connections in samples than ever opened',
    'inconclusive',
    '500,000 connections in a sample, 60,000 ever opened',
    (run) => ({ ...run, connections: { ...run.connections, attempted: 60_000, opened: 60_000 } }),
  ],
  [
    'samples from after the end',
    'inconclusive',
    'samples go on after the run had ended (132,000 ms of 30,000 ms)',
    (run) => ({ ...run, endedAt: new Date(Date.parse(run.startedAt) + 30_000).toISOString() }),
  ],
  [
    'connections that were never tried',
    'inconclusive',
    'the sums do not close: connections: attempted 500,100, parts 500,000',
    (run) => ({ ...run, connections: { ...run.connections, attempted: 500_100 } }),
  ],
  ['a run that was interrupted', 'inconclusive', 'the run ended before its plan did: interrupted', (run) => ({ ...run, complete: false })],
  [
    'others on the processors',
    'inconclusive',
    'others used 35 % of the machine’s processors',
    (run) => ({ ...run, samples: run.samples.map((sample) => ({ ...sample, busyUs: sample.busyUs + sample.tMs * 700 })) }),
  ],
  [
    'a problem of the machine',
    'inconclusive',
    'swapping',
    (run) => ({ ...run, problems: [{ tMs: 1, whose: 'machine', text: 'swapping' }] }),
  ],
  [
    'a problem of the load engine',
    'inconclusive',
    'journal cut short',
    (run) => ({ ...run, problems: [{ tMs: 1, whose: 'generator', text: 'journal cut short' }] }),
  ],
  [
    'twelve connections dropped and opened again',
    'refuted',
    '12 connections were dropped',
    (run) => ({ ...run, connections: { ...run.connections, attempted: 500_012, opened: 500_012, dropped: 12 } }),
  ],
  [
    'held for five seconds',
    'inconclusive',
    'held for 5 s, too short to conclude anything',
    () => syntheticRun({ holdSeconds: 2, chatSeconds: 4 }),
  ],
  [
    'idle connections, and sends in another run',
    'inconclusive',
    'the run sent nothing',
    () => syntheticRun({ sendsPerSecond: 0, holdSeconds: 90, chatSeconds: 0 }),
  ],
  [
    'a tenth of the connections',
    'extrapolated',
    'from 20,000 to 60,000',
    () => syntheticRun({ connections: 60_000, sizes: [0, 20_000, 40_000, 60_000], edges: 4, workers: 3 }),
  ],
  [
    'no samples',
    'inconclusive',
    'broke at 500,000 of 500,000 connections; but there is no sample of a time in which connections were held',
    (run) => ({ ...run, samples: [] }),
  ],
  [
    'a schedule that rests for a while and makes up for it',
    'inconclusive',
    'the load engine offered 0/s of 2,500/s in 10 s of the run',
    (run) => paused(run, 20),
  ],
  ['half of the schedule, under the name of the whole', 'inconclusive', 'the load engine offered 1,250/s of 2,500/s', (run) => halved(run)],
  [
    'a load engine that stood still at the end',
    'inconclusive',
    'the load engine was late: p99 4.8 s of at most 50 ms',
    (run) => ({ ...run, generator: { ...run.generator, latenessP99Us: 4_800_000, latenessMaxUs: 5_000_000 } }),
  ],
  [
    'no sends at all, and a latency of nothing',
    'inconclusive',
    'the run sent nothing',
    (run) => ({
      ...withLedger(run, { due: 0, accepted: 0, recipientsExpected: 0, delivered: 0 }),
      latencies: [],
      samples: run.samples.map((sample) => ({ ...sample, due: 0, accepted: 0, delivered: 0 })),
    }),
  ],
  [
    'a load that was refused, so that what was left is fast',
    'refuted',
    '46,500 of 155,000 sends were refused',
    (run) => refusedLoad(run, 0.3),
  ],
  [
    'a histogram that saturates at 150 ms',
    'inconclusive',
    'the histogram of accepted ends in a heap at its largest value, so slower samples may be hidden in it',
    (run) =>
      withLatencies(
        withLatencies(run, 'accepted', (us) => Math.min(150_000, us * 100)),
        'delivered',
        (us) => Math.min(150_000, us * 100),
      ),
  ],
  [
    'slow samples moved into a fast bucket',
    'inconclusive',
    'the histogram of accepted is not of its own samples: its sum, least or most is of others',
    (run) => ({ ...run, latencies: run.latencies.map(moved) }),
  ],
  [
    'latencies of another run with as many samples',
    'inconclusive',
    'the histogram of accepted is not of its own samples: its sum, least or most is of others',
    (run) => ({ ...run, latencies: run.latencies.map((one) => ({ ...one, sumUs: one.sumUs * 3 })) }),
  ],
  [
    'all but twelve seconds called a warm-up',
    'inconclusive',
    'sent for 11 s, too short to conclude anything',
    (run) => ({ ...run, settings: { ...run.settings, warmSeconds: 50 }, latencies: syntheticRun({ chatSeconds: 12 }).latencies }),
  ],
  [
    'the first ten seconds left out as a warm-up',
    'inconclusive',
    'latency of accepted has 130,000 samples for 155,000 events',
    (run) => withLedger(run, {}, { accepted: run.ledger.accepted - 25_000, delivered: run.ledger.delivered - 50_000 }),
  ],
  [
    'a delivery to somebody who is not in the conversation',
    'refuted',
    '1 deliveries that nobody was to get',
    (run) => withLedger(run, { unexpected: 1 }),
  ],
  [
    'a hole in a conversation’s sequences',
    'refuted',
    'conversation 7 goes from 41 to 43',
    (run) => ({ ...run, problems: [{ tMs: 1, whose: 'box', text: 'conversation 7 goes from 41 to 43' }] }),
  ],
  [
    'connections counted twice by their workers',
    'refuted',
    'broke at 250,000 of 500,000 connections',
    (run) => ({
      ...run,
      samples: run.samples.map((sample) => ({ ...sample, connectionsServer: Math.round(sample.connectionsServer! / 2) })),
    }),
  ],
  [
    'connections counted twice by the box',
    'refuted',
    'broke at 250,000 of 500,000 connections',
    (run) => ({
      ...run,
      samples: run.samples.map((sample) => ({
        ...sample,
        connectionsClient: Math.round(sample.connectionsClient / 2),
        connectionsServer: sample.connectionsClient,
      })),
    }),
  ],
  [
    'a hypervisor that takes half of the machine',
    'inconclusive',
    'others used 50 % of the machine’s processors',
    (run) => ({ ...run, samples: run.samples.map((sample) => ({ ...sample, busyUs: sample.busyUs + sample.tMs * 1_000 })) }),
  ],
  [
    'idle ticks counted as those of user and system too',
    'inconclusive',
    'the ticks of the machine’s processors add up to 140 % of the time that passed',
    (run) => ({
      ...run,
      cpuWindows: run.cpuWindows.map((window) => ({
        ...window,
        machine: { ...window.machine, userUs: window.machine.idleUs, systemUs: window.machine.idleUs },
      })),
    }),
  ],
  [
    'twice the cores that the machine has',
    'inconclusive',
    'the ticks of the machine’s processors add up to 50 % of the time that passed',
    (run) => ({ ...run, host: { ...run.host, cores: run.host.cores * 2 } }),
  ],
  [
    'busy ticks counted as idle',
    'inconclusive',
    'processes of the run used',
    (run) => ({
      ...run,
      cpuWindows: run.cpuWindows.map((window) => ({
        ...window,
        machine: {
          ...window.machine,
          userUs: 0,
          systemUs: 0,
          idleUs: window.machine.idleUs + window.machine.userUs + window.machine.systemUs,
        },
      })),
    }),
  ],
  [
    'a clock of the day that was put an hour forward',
    'inconclusive',
    'the run ended 3,601 s after its last sample: the clock was moved, or the machine slept',
    (run) => ({ ...run, endedAt: new Date(Date.parse(run.endedAt) + 3_600_000).toISOString() }),
  ],
  [
    'a clock that jumped, its samples thrown away',
    'inconclusive',
    '5,000 latency samples were beyond the clocks’ error',
    (run) => withLedger(run, { invalidLatency: 5_000 }, { delivered: run.ledger.delivered - 5_000 }),
  ],
  ['sends that never got an answer', 'refuted', '40 sends never got an answer', (run) => unanswered(run, 40)],
];

export const RECORD_LIES: readonly RecordLie[] = TOLD.map(([lie, verdict, says, tell]) => ({ lie, told: 'record', verdict, says, tell }));
