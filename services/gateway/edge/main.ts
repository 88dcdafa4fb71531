/** An edge process: puts the edge, its transport and its link together. Alone in here are sockets, clock and randomness. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { HeapTrim } from '../../runtime/heap-trim.ts';
import { createLog } from '../../runtime/log.ts';
import { Metrics } from '../../runtime/metrics.ts';
import { PeerClient } from '../../runtime/peer-link.ts';
import { controlled } from '../../runtime/process-control.ts';
import type { EdgeProcessConfig } from '../process-config.ts';
import { Admission } from './admission.ts';
import { Drain, type DrainPlan, reconnectSpreadMs } from './drain.ts';
import { Edge } from './edge.ts';
import { EDGE_METRICS, edgeCells } from './metrics.ts';
import { RelayLink } from './relay-link.ts';
import type { TokenKey } from './token-signature.ts';
import { type Revocation, Tokens } from './tokens.ts';
import type { StartTransport, TlsPair, Transport } from './transport.ts';

const SWEEPS_PER_PASS = 8;
const SWEEP_MS = 125;
const DRAIN_STEP_MS = 20;
const FINAL_FLUSH_MS = 100;
const LAST_READ_MS = 1_000;
/** A relay that settles nothing of what it was given for so long is tried anew; what was given is given again. */
const SILENT_MS = 15_000;

/** `collectGarbage`: a full collection, where the runtime offers one. */
export async function runEdge(config: EdgeProcessConfig, startTransport: StartTransport, collectGarbage: () => void): Promise<void> {
  const log = createLog(`edge-${config.edge}`);
  const metrics = new Metrics(EDGE_METRICS);
  const cells = edgeCells(metrics);
  const tokens = new Tokens({ clockSkewSeconds: config.clockSkewSeconds, allowedOrigins: config.allowedOrigins });
  const admission = new Admission(config.admission, Math.random, Date.now());
  const edge = new Edge({
    maxSessions: config.maxSessions,
    heartbeatSeconds: config.heartbeatSeconds,
    tokens,
    admission,
    cells,
    random: Math.random,
  });
  let relayPort: number | undefined = config.relayPort;
  const { promise: firstLink, done: linked } = once();
  const peer = new PeerClient({
    host: config.relayHost ?? '127.0.0.1',
    port: () => relayPort,
    secret: readFileSync(config.secretFile),
    log: (message) => log.warn('link', { message }),
    onConnected: () => {
      link.onConnected();
      linked();
    },
    onDisconnected: () => link.onDisconnected(Date.now()),
    onFrame: (message) => link.received(message),
    onChunkEnd: () => link.chunkEnded(),
    flushGapMs: config.linkFlushMs,
  });
  const link = new RelayLink(edge, {
    edgeNumber: config.edge,
    incarnation: randomBytes(8),
    tailBytesLimit: config.linkTailBytes,
    speaks: config.speaks,
    cells,
    push: (message) => peer.stream.push(message),
    queuedBytes: () => peer.stream.queuedBytes,
    later: (run, ms) => void setTimeout(run, ms),
    log: (message) => log.error('link', { message }),
    now: Date.now,
  });
  edge.useLink(link);
  let transport: Transport | undefined;
  const { promise: firstKeys, done: keysCame } = once();
  const sweeper = setInterval(() => edge.sweep(Date.now(), SWEEPS_PER_PASS), SWEEP_MS);
  // On loopback a relay that is gone is seen at once. From elsewhere the end of its connection may never come.
  const silence = setInterval(() => {
    if (config.relayHost !== undefined && peer.isConnected && link.awayForMs(Date.now()) > SILENT_MS) peer.cut();
  }, SILENT_MS / 3);
  const trim = new HeapTrim();
  const trimmer = setInterval(() => trim.due(edge.sessions.size, Date.now()) && collectGarbage(), 1_000);

  const control = controlled({
    metrics: () => metrics.snapshot(),
    stopDeadlineMs: config.drain.deadlineMs + 1_000,
    configure: (values) => {
      if (values.renewTls === true) transport?.renewTls(readTls(config.tls!));
      if (values.relayPort !== undefined) relayPort = values.relayPort as number;
      if (values.revocations !== undefined) edge.revoke(values.revocations as Revocation[]);
      if (values.keys !== undefined) {
        tokens.useKeys(values.keys as TokenKey[]);
        keysCame();
      }
    },
    stop: async (why) => {
      log.info('draining', { why, connections: edge.sessions.size });
      const endsMs = Date.now() + config.drain.deadlineMs;
      clearInterval(trimmer);
      const spreadMs = reconnectSpreadMs(edge.sessions.size, config.drain.closesPerSecond);
      admission.drain(spreadMs);
      // Drained by itself, its siblings on the port take who comes: a refusal would only send him to the port again.
      if (why === 'SIGTERM' && config.edges > 1) transport?.stopAccepting();
      const told = await drain(edge, spreadMs, config.drain);
      transport?.stopAccepting();
      // Those that were told last are given the time to read it: an exit resets what they have not read.
      if (told > 0) await wait(Math.min(LAST_READ_MS, Math.max(FINAL_FLUSH_MS, endsMs - Date.now())));
      clearInterval(sweeper);
      clearInterval(silence);
      peer.close();
      await wait(FINAL_FLUSH_MS);
      if (edge.sessions.size > 0) log.warn('cut what did not close in time', { connections: edge.sessions.size });
      transport?.close();
    },
  });
  // Keys come by message since some are secrets; a connection before them would be refused for nothing.
  await firstKeys;
  // One that nobody here starts may not be there for long: whoever comes meanwhile goes to another box.
  if (config.relayHost !== undefined) await firstLink;
  transport = await startTransport(edge, {
    host: config.host,
    port: config.port,
    sendBufferBytes: config.sendBufferBytes,
    nowMs: Date.now,
    ...(config.tls === undefined ? {} : { tls: readTls(config.tls) }),
  });
  control.ready(transport.port);
}

/** When the whole box drains, new connections are still answered, with a refusal that says when to come back. Gives how many were told to go. */
async function drain(edge: Edge, spreadMs: number, plan: DrainPlan): Promise<number> {
  const pace = new Drain(plan, Date.now());
  const { sessions } = edge;
  let slot = 0;
  let told = 0;
  while (slot < sessions.end && !pace.overdue(Date.now())) {
    for (let due = pace.due(Date.now()); due > 0 && slot < sessions.end; slot++) {
      if (!edge.sendAway(slot, Math.random() * spreadMs)) continue;
      due--;
      told++;
    }
    await wait(DRAIN_STEP_MS);
  }
  return told;
}

/** As Promise.withResolvers, which the Node of an edge on ws may be too old for. */
function once(): { readonly promise: Promise<void>; done(): void } {
  let done: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    done = resolve;
  });
  return { promise, done: () => done() };
}

function readTls({ certificate, key }: { readonly certificate: string; readonly key: string }): TlsPair {
  return { certificatePem: readFileSync(certificate, 'utf8'), keyPem: readFileSync(key, 'utf8') };
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
