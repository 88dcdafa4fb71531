/** The faults that are real here. Processes are ended and stopped by their id. */
import { signal } from './children.ts';
import { appendPoison, appendRepetitions, appendUnroutable, deleteMessages, loseKeyspace } from './connect.ts';
import type { Scenario } from './scenario.ts';
import type { Stand } from './stand.ts';

/** Of an objective: the fastest of its windows. */
const PAGE = { severity: 'page', window: '1h' };
/** Deliveries come, and more than half of them after half a second. */
const CRAWL = { stoppedMs: 1_500, runsMs: 500 } as const;
const LAPSES = 4;
/** Longer than the lease of 10 s. */
const STOPPED_MS = 12_500;

const stop = async (stand: Stand, pid: number) => {
  stand.children.stop(pid);
  return { PID: String(pid) };
};
const nothing = (words: string) => ({ words, act: async () => undefined });
const OBJECTIVES = ['AcceptedTooSlow', 'DeliveredTooSlow', 'ConnectsFail', 'ResumesFail'] as const;

export const FAULTS: readonly Scenario[] = [
  {
    name: 'relay',
    how: 'real',
    fault: 'kill -9 of the relay, which nobody starts again',
    alerts: { RelayAway: { pod: 'edges-1' }, TargetsMissing: { app: 'relay', targets: 'gateway' }, MetricsAbsent: {} },
    companions: [...OBJECTIVES, 'AdmissionsRefused'],
    inject: async (stand) => {
      process.kill(stand.relayPid, 'SIGKILL');
      return {};
    },
    starts: 'relay',
    mitigation: { runbook: 'RelayAway' },
  },
  {
    name: 'edge-dies',
    how: 'real',
    fault: 'kill -9 of an edge, four times, each when it was there again',
    alerts: { ProcessKeepsDying: { pod: 'edges-1', process: 'edge-0' } },
    companions: [...OBJECTIVES, 'RelayAway'],
    inject: async (stand) => {
      for (let time = 0; time < 4; time++) {
        process.kill(await stand.edgePid(), 'SIGKILL');
        await Bun.sleep(7_000);
      }
      return {};
    },
    mitigation: { runbook: 'ProcessKeepsDying' },
  },
  {
    name: 'edge-silent',
    how: 'real',
    fault: 'SIGSTOP of an edge',
    alerts: { ProcessSilent: { pod: 'edges-1', process: 'edge-0' } },
    companions: [...OBJECTIVES, 'RelayAway'],
    inject: async (stand) => stop(stand, await stand.edgePid()),
    mitigation: { runbook: 'ProcessSilent' },
  },
  {
    name: 'full',
    how: 'real',
    fault: 'more connections than the box may hold',
    alerts: { AdmissionsRefused: { pod: 'edges-1', reason: 'boxFull' }, GatewayNearlyFull: { pod: 'edges-1' }, ConnectsFail: PAGE },
    companions: [],
    inject: async (stand) => {
      const box = `${stand.children.folder}/box/box.json`;
      return { PID: String(stand.hold('hold', box, ['--connections', '400', '--ramp', '20']).pid) };
    },
    mitigation: { runbook: 'AdmissionsRefused' },
  },
  {
    name: 'dead-letter',
    how: 'real',
    fault: 'a record on messages that no version reads',
    alerts: { DeadLetters: { job: 'services' } },
    companions: [],
    inject: async ({ backends }) => {
      await appendPoison(backends);
      return {};
    },
    mitigation: { runbook: 'DeadLetters' },
  },
  {
    name: 'unroutable',
    how: 'real',
    fault: 'a record on messages whose answer is for gateway 77 of two',
    alerts: { DeliveriesUnroutable: {} },
    companions: [],
    inject: async ({ backends }) => {
      await appendUnroutable(backends);
      return {};
    },
    mitigation: nothing('none: no such gateway runs'),
  },
  {
    name: 'repetitions',
    how: 'real',
    fault: '2,000 repetitions of one message on the log, four times in 12 s',
    alerts: { RepeatedSends: {} },
    companions: ['DeliveredTooSlow', 'HotPartition'],
    inject: async ({ backends }) => {
      for (let time = 0; time < 4; time++) {
        await appendRepetitions(backends, 2_000);
        await Bun.sleep(4_000);
      }
      return {};
    },
    mitigation: nothing('none: they end'),
  },
  {
    name: 'kafka',
    how: 'real',
    fault: 'SIGSTOP of the Kafka broker',
    alerts: { BusBacklog: { pod: 'relay-1' }, AcceptedTooSlow: PAGE },
    companions: [...OBJECTIVES, 'DispatchStalled', 'BusLagNearsRetention', 'PartitionsUnowned', 'AdmissionsRefused', 'TargetsMissing'],
    inject: async (stand) => stop(stand, stand.serverPid('kafka')),
    mitigation: { runbook: 'BusBacklog' },
  },
  {
    name: 'cassandra',
    how: 'real',
    fault: 'SIGSTOP of Cassandra',
    alerts: { DispatchStalled: {}, BusLagNearsRetention: {} },
    companions: [...OBJECTIVES, 'StoreRequestsWait', 'StoreForgot'],
    inject: async (stand) => stop(stand, stand.serverPid('cassandra')),
    mitigation: { runbook: 'DispatchStalled' },
  },
  {
    name: 'cassandra-crawls',
    how: 'real',
    fault: `Cassandra stopped for ${CRAWL.stoppedMs / 1_000} s of each ${(CRAWL.stoppedMs + CRAWL.runsMs) / 1_000}`,
    alerts: { DeliveredTooSlow: PAGE },
    companions: [...OBJECTIVES, 'StoreRequestsWait', 'DispatchStalled', 'BusLagNearsRetention'],
    inject: async (stand) => crawl(stand, stand.serverPid('cassandra')),
    mitigation: { runbook: 'DeliveredTooSlow' },
  },
  {
    name: 'resumes',
    how: 'real',
    fault: 'SIGSTOP of Cassandra, and kill -9 of an edge, whose clients come back and ask what they missed',
    alerts: { ResumesFail: PAGE },
    companions: [...OBJECTIVES, 'StoreRequestsWait', 'DispatchStalled', 'BusLagNearsRetention', 'RelayAway', 'AdmissionsRefused'],
    inject: async (stand) => {
      const pid = stand.serverPid('cassandra');
      stand.children.stop(pid);
      process.kill(await stand.edgePid(), 'SIGKILL');
      return { PID: String(pid) };
    },
    mitigation: { runbook: 'ResumesFail' },
  },
  {
    name: 'lease',
    how: 'real',
    fault: `SIGSTOP of the relay for ${STOPPED_MS / 1_000} s, ${LAPSES} times; the last time it stays stopped`,
    alerts: { LeasesLost: { pod: 'relay-1' } },
    companions: [...OBJECTIVES, 'RelayAway', 'TargetsMissing', 'MetricsAbsent', 'AdmissionsRefused', 'RepeatedSends'],
    inject: async (stand) => {
      const pid = stand.relayPid;
      for (let time = 0; time < LAPSES; time++) {
        process.kill(pid, 'SIGSTOP');
        await Bun.sleep(STOPPED_MS);
        process.kill(pid, 'SIGCONT');
        await Bun.sleep(6_000);
      }
      return stop(stand, pid);
    },
    mitigation: { runbook: 'LeasesLost' },
  },
  {
    name: 'store-forgot',
    how: 'real',
    fault: 'the keyspace dropped and made anew, empty, under dispatch',
    alerts: { StoreForgot: {} },
    companions: [...OBJECTIVES, 'DispatchStalled', 'BusLagNearsRetention', 'PartitionsUnowned'],
    inject: async ({ backends }) => {
      await loseKeyspace(backends);
      return {};
    },
    mitigation: { runbook: 'StoreForgot' },
  },
  {
    name: 'dispatch',
    how: 'real',
    fault: 'kill -9 of one of two dispatchers, whose partitions nobody has until its session ends',
    alerts: { PartitionsUnowned: {} },
    companions: [...OBJECTIVES, 'DispatchStalled', 'BusLagNearsRetention', 'TargetsMissing'],
    inject: async (stand) => killDispatch(stand, 0),
    starts: 'dispatch',
    mitigation: { runbook: 'PartitionsUnowned' },
  },
  {
    name: 'gone',
    how: 'real',
    fault: 'both dispatchers killed, what came meanwhile deleted from the log, dispatch started again',
    alerts: { MessagesGone: {} },
    companions: [
      ...OBJECTIVES,
      'DispatchStalled',
      'BusLagNearsRetention',
      'PartitionsUnowned',
      'TargetsMissing',
      'MetricsAbsent',
      'StoreForgot',
    ],
    inject: async (stand) => {
      while (stand.dispatchPids.length > 0) await killDispatch(stand, 0);
      await Bun.sleep(8_000);
      await deleteMessages(stand.backends);
      stand.startDispatches();
      return {};
    },
    mitigation: nothing('none here: what is lost is lost, and the log is kept for seven days'),
  },
];

async function killDispatch(stand: Stand, at: number): Promise<Record<string, string>> {
  const [pid] = stand.dispatchPids.splice(at, 1);
  process.kill(pid!, 'SIGKILL');
  return {};
}

/** Goes on until the process is ended, which is the mitigation. */
async function crawl(stand: Stand, pid: number): Promise<Record<string, string>> {
  const loop = async () => {
    while (stand.isUp && signal(pid, 'SIGSTOP')) {
      await Bun.sleep(CRAWL.stoppedMs);
      signal(pid, 'SIGCONT');
      await Bun.sleep(CRAWL.runsMs);
    }
  };
  stand.children.stop(pid);
  void loop();
  return { PID: String(pid) };
}
