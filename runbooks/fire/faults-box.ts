/** Faults of a small box of their own (`other-box.ts`): what would take the run's own box away. */
import type { OtherBox } from './other-box.ts';
import type { Scenario } from './scenario.ts';
import type { Stand } from './stand.ts';

const DAYS_LEFT = '2';
/** Of the box with few files: of its one edge, beside a hundred that it needs itself. */
const FILES = 360;

/** Each with a box of its own, by the number of its gateway. */
export const OTHER_GATEWAYS = { certificate: 11, drain: 12, storm: 13, heartbeats: 14, deaf: 15, files: 16 } as const;

type Name = keyof typeof OTHER_GATEWAYS;

const podOf = (name: Name) => `edges-${OTHER_GATEWAYS[name]}`;
const hold = (connections: number, perSecond: number, more: readonly string[] = []) => [
  ...['hold', '--name', 'fire-other', '--connections', String(connections), '--ramp', String(perSecond)],
  ...['--hold-seconds', '900', '--workers', '1', ...more],
];

export const BOX_FAULTS: readonly Scenario[] = [
  {
    name: 'certificate',
    how: 'real',
    fault: `a box that serves a certificate of ${DAYS_LEFT} days`,
    alerts: { CertificateExpires: { pod: podOf('certificate') } },
    companions: [],
    inject: (stand) =>
      withBox(stand, 'certificate', async (box) => {
        const files = { TLS_CERTIFICATE: `${box.stateDir}.crt`, TLS_KEY: `${box.stateDir}.key` };
        const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=localhost'];
        const out = ['-days', DAYS_LEFT, '-keyout', files.TLS_KEY, '-out', files.TLS_CERTIFICATE];
        await stand.children.start('openssl', ['openssl', ...request, ...out], '/').exited;
        const tls = ['--tls', '--tls-certificate', files.TLS_CERTIFICATE, '--tls-key', files.TLS_KEY];
        await box.start([...tls, '--tls-check-seconds', '1', '--max-connections', '100']);
        return files;
      }),
    mitigation: { runbook: 'CertificateExpires' },
    after: (stand) => stand.otherBox('certificate').end(),
  },
  {
    name: 'drain',
    how: 'real',
    fault: 'SIGTERM to a box of 150 connections that closes one a second and has 60 s for it',
    alerts: { DrainOverrun: { pod: podOf('drain') } },
    companions: ['ConnectsFail'],
    inject: (stand) =>
      withBox(stand, 'drain', async (box) => {
        const pid = await box.start(['--max-connections', '300', '--drain-closes-per-second', '1', '--drain-seconds', '60']);
        box.load(hold(150, 50));
        await stand.connectionsOf(box, 150);
        process.kill(pid, 'SIGTERM');
        return { PID: String(pid) };
      }),
    mitigation: { runbook: 'DrainOverrun' },
    after: (stand) => stand.otherBox('drain').end(),
  },
  {
    name: 'storm',
    how: 'real',
    fault: '5 clients a second for two minutes to a box that admits one a second',
    alerts: { StormOutlastsPlan: {} },
    companions: ['ConnectsFail'],
    inject: (stand) =>
      withBox(stand, 'storm', async (box) => {
        await box.start(['--max-connections', '1000', '--admissions-per-second', '1', '--admission-burst', '1']);
        box.load(hold(600, 5));
        return {};
      }),
    mitigation: {
      words: 'nothing is restarted, as its runbook says; the clients stopped coming',
      act: (stand) => stand.otherBox('storm').end(),
    },
  },
  {
    name: 'heartbeats',
    how: 'real',
    fault: '100 clients that beat each second',
    alerts: { HeartbeatsTooMany: {} },
    companions: [],
    inject: (stand) =>
      withBox(stand, 'heartbeats', async (box) => {
        await box.start(['--max-connections', '300']);
        return { PID: String(box.load(hold(100, 50, ['--heartbeat-seconds', '1'])).pid) };
      }),
    mitigation: { runbook: 'HeartbeatsTooMany' },
    after: (stand) => stand.otherBox('heartbeats').end(),
  },
  {
    name: 'deaf',
    how: 'real',
    fault: 'readers that ask for large messages and do not read them (the scenario deaf-readers)',
    alerts: { SlowReadersCut: {} },
    companions: ['DeliveredTooSlow', 'AcceptedTooSlow'],
    inject: (stand) =>
      withBox(stand, 'deaf', async (box) => {
        await box.start(['--max-connections', '1000']);
        const size = ['--connections', '100', '--rate', '20', '--turns', '6'];
        return { PID: String(box.load(['scenario', 'run', 'deaf-readers', ...size]).pid) };
      }),
    mitigation: { runbook: 'SlowReadersCut' },
    after: (stand) => stand.otherBox('deaf').end(),
  },
  {
    name: 'files',
    how: 'real',
    fault: `a box with ${FILES} files a process to which 3 connections a second come`,
    alerts: { HostLimitNear: { pod: podOf('files'), limit: 'processFiles' } },
    companions: ['GatewayNearlyFull'],
    inject: (stand) =>
      withBox(stand, 'files', async (box) => {
        const pid = await box.start(['--max-connections', '220'], FILES);
        box.load(hold(210, 3));
        return { PID: String(pid) };
      }),
    mitigation: { runbook: 'HostLimitNear' },
    after: (stand) => stand.otherBox('files').end(),
  },
];

async function withBox(stand: Stand, name: Name, act: (box: OtherBox) => Promise<Readonly<Record<string, string>>>) {
  const box = stand.otherBox(name);
  return { ...box.env, ...(await act(box)) };
}
