/** `parley relay`: the relay of a box as a process of its own, so that it can be replaced without the box. */
import { serveAdmin } from '../../runtime/admin-server.ts';
import { renderMetrics } from '../../runtime/metrics-sum.ts';
import { readSettings, settingLines } from '../../runtime/setting-table.ts';
import { EXIT, type Verb } from '../../runtime/verb.ts';
import type { Speaks } from '../../runtime/versions.ts';
import { regionKeySource } from '../region-keys.ts';
import { RELAY_SETTINGS } from './config.ts';
import { RELAY_STOP_MS, RelayProcess } from './main-relay.ts';

export const verb: Verb = {
  summary: 'the relay of a box as a process of its own, on real systems',
  help: `usage: parley relay --backends FILE --gateway N --edges N --link-secret-file FILE --region-secret-file FILE [--setting value]…

The one client of bus, store and routes of a box that was started with --relay HOST:PORT. It may be stopped or replaced while
every client of the box stays connected. Each setting may also come from the environment, as PARLEY_ and its name in capitals.

${settingLines(RELAY_SETTINGS)}
`,
  async run(args) {
    const read = readSettings(RELAY_SETTINGS, args, process.env);
    const problems = read.ok
      ? ['backends', 'linkSecretFile', 'regionSecretFile'].filter((name) => read.config[name as 'backends'] === '')
      : [];
    if (!read.ok || read.config.edges === 0 || problems.length > 0) {
      const missing = problems.length > 0 ? `missing: ${problems.join(', ')}` : '--edges: as many as the box has';
      for (const problem of read.ok ? [missing] : read.problems) process.stderr.write(`parley relay: ${problem}\n`);
      return EXIT.couldNotRun;
    }
    const { config } = read;
    const keys = regionKeySource(config.regionSecretFile, config.resumeKeySeconds);
    const relay = new RelayProcess({
      gateway: config.gateway,
      cell: config.cell,
      backendsFile: config.backends,
      edges: config.edges,
      host: config.host,
      port: config.port,
      secretFile: config.linkSecretFile,
      edgeGraceMs: config.edgeGraceSeconds * 1_000,
      pendingBytesLimit: config.relayPendingBytes,
      lingerMs: config.lingerMs,
      linkFlushMs: config.linkFlushMs,
      connectionsPerUser: config.connectionsPerUser,
      // The relay goes back behind the oldest session that its edges announce.
      bornMs: Date.now(),
      speaks: config.speaks as Speaks,
    });
    relay.useRegionKey(keys.current);
    const renewal = setInterval(() => {
      try {
        keys.rotate();
        relay.useRegionKey(keys.current);
      } catch (error) {
        relay.log.error('the region secret can not be read', { message: (error as Error).message });
      }
    }, keys.rotationMs);
    let started = false;
    const admin = serveAdmin({
      host: config.adminHost,
      port: config.adminPort,
      unready: () => (started ? relay.unready() : 'waits for its backends'),
      metrics: async () => renderMetrics([await relay.snapshot()]),
    });
    process.stdout.write(`admin: http://${config.adminHost}:${admin.port}\n`);
    const { promise: told, resolve: tell } = Promise.withResolvers<void>();
    process.once('SIGTERM', () => tell());
    process.once('SIGINT', () => tell());
    const port = await Promise.race([relay.start(), told]);
    if (typeof port === 'number') {
      started = true;
      process.stdout.write(`ready: link on ${config.host}:${port}\n`);
      await told;
    }
    started = false;
    const overrun = setTimeout(() => {
      relay.log.error('stop overran its deadline', { deadlineMs: RELAY_STOP_MS });
      process.exit(EXIT.refuted);
    }, RELAY_STOP_MS);
    await relay.stop();
    await admin.stop();
    clearInterval(renewal);
    clearTimeout(overrun);
    return EXIT.ok;
  },
};
