/** Checkpoints of memory and windows of CPU as a run with known costs would have measured them. */
import type { CpuWindow, MemoryCheckpoint, ProcessCpu } from './run-record.ts';
import { RAMP_PER_SECOND, recipientsPerSend, type SyntheticOptions, seededNoise, TRUE_COSTS, trueBytes } from './synthetic-costs.ts';

export function syntheticCheckpoints(options: SyntheticOptions): readonly MemoryCheckpoint[] {
  const noise = seededNoise(options.seed, options.noiseBytes);
  const ends = options.bothEnds ? 2 : 1;
  return options.sizes.map((connections, index) => {
    const memory = (processes: number, perConnection: number) => {
      // The first connections make each process's heap: half a megabyte that the base does not have.
      const first = connections > 0 ? 500_000 * processes : 0;
      const anonBytes = Math.round(TRUE_COSTS.processBytes * processes + first + connections * perConnection + noise());
      return { processes, pssBytes: anonBytes, anonBytes, rssBytes: anonBytes + processes * 20_000_000 };
    };
    const slabBytes = Object.fromEntries(
      Object.entries(TRUE_COSTS.slab).map(([cache, bytes]) => [
        cache,
        Math.round(300_000 + connections * bytes * ends + Math.abs(noise())),
      ]),
    );
    const slab = Object.values(slabBytes).reduce((sum, bytes) => sum + bytes, 0);
    const roles = {
      supervisor: memory(1, 0),
      edge: memory(options.edges, TRUE_COSTS.edge + (options.tls ? TRUE_COSTS.edgeTls : 0)),
      relay: memory(1, TRUE_COSTS.relay),
      embedded: memory(1, TRUE_COSTS.embedded),
      ...(options.bothEnds ? { worker: memory(options.workers, TRUE_COSTS.worker + (options.tls ? TRUE_COSTS.workerTls : 0)) } : {}),
    };
    return {
      tMs: (index + 1) * 5_000,
      connections,
      roles,
      slabBytes,
      slabTotalBytes: slab + 80_000_000,
      socketBufferBytes: 260_000,
      pageTablesBytes: Math.round(6_000_000 + (connections * TRUE_COSTS.pageTables * ends) / 2),
      memAvailableBytes: Math.round(options.memoryBytes - 900_000_000 - connections * trueBytes(options).whole + noise()),
    };
  });
}

export function syntheticWindows(options: SyntheticOptions): readonly CpuWindow[] {
  const beatsPerSecond = options.connections / options.heartbeatSeconds;
  const halves = [0, 1];
  const window = (
    name: CpuWindow['name'],
    startMs: number,
    seconds: number,
    counts: { readonly handshakes: number; readonly heartbeats: number; readonly sends: number },
  ): CpuWindow => {
    const role = (one: 'edge' | 'relay' | 'embedded' | 'worker', processes: number): ProcessCpu => {
      const us =
        counts.handshakes * TRUE_COSTS.handshakeUs[one] +
        counts.heartbeats * TRUE_COSTS.heartbeatUs[one] +
        counts.sends * TRUE_COSTS.messageUs[one];
      return { processes, userUs: us * 0.4, systemUs: us * 0.6 };
    };
    const roles = {
      edge: role('edge', options.edges),
      relay: role('relay', 1),
      embedded: role('embedded', 1),
      ...(options.bothEnds ? { worker: role('worker', options.workers) } : {}),
    };
    const ours = Object.values(roles).reduce((sum, cpu) => sum + cpu.userUs + cpu.systemUs, 0);
    const softirqUs =
      counts.handshakes * TRUE_COSTS.softirqUs.handshake +
      counts.heartbeats * TRUE_COSTS.softirqUs.heartbeat +
      counts.sends * TRUE_COSTS.softirqUs.message;
    return {
      name,
      startMs,
      wallMs: seconds * 1_000,
      connections: options.connections,
      operations: { ...counts, deliveries: counts.sends * recipientsPerSend() },
      roles,
      machine: {
        userUs: ours * 0.4,
        systemUs: ours * 0.6,
        softirqUs,
        irqUs: 0,
        stealUs: 0,
        idleUs: Math.max(0, seconds * 1e6 * options.cores - ours - softirqUs),
        pressureUs: 1_000,
      },
    };
  };
  const rampSeconds = Math.ceil(options.connections / RAMP_PER_SECOND);
  const hold = halves.map((half) => {
    const seconds = options.holdSeconds / 2;
    return window('heartbeat', (rampSeconds + 2 + half * seconds) * 1_000, seconds, {
      handshakes: 0,
      heartbeats: Math.round(beatsPerSecond * seconds),
      sends: 0,
    });
  });
  const chat = halves.map((half) => {
    const seconds = options.chatSeconds / 2;
    return window('chat', (rampSeconds + 2 + options.holdSeconds + half * seconds) * 1_000, seconds, {
      handshakes: 0,
      heartbeats: Math.round(beatsPerSecond * seconds),
      sends: Math.round(options.sendsPerSecond * seconds),
    });
  });
  const ramp = window('handshake', 2_000, rampSeconds, { handshakes: options.connections, heartbeats: 0, sends: 0 });
  return [ramp, ...(options.holdSeconds > 0 ? hold : []), ...(options.sendsPerSecond > 0 ? chat : [])];
}
