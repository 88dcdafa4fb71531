/**
 * What is concluded from a run that held less than is claimed: the model fitted on it must say that memory, processors and
 * every host limit bear the claimed size, or nothing is concluded. It never refutes: a model is no measurement.
 */
import type { Claim } from './claims.ts';
import { heldConnections, heldRate, latencyText } from './held.ts';
import { type LimitValues, stoppedBy } from './host-limits.ts';
import { inconclusive, type Judgement } from './judgement.ts';
import { type CpuPrediction, grownShape, type MemoryPrediction, predictCpu, predictMemory } from './prediction.ts';
import { bytesText, bytesWithErrorText, text } from './quantity-text.ts';
import type { RunRecord } from './run-record.ts';

/** An interval wider than that share of its middle says nothing. */
const WIDEST_INTERVAL_SHARE = 0.25;
/** Processors beyond it have no room for the queue that random arrivals make. */
const FULLEST_CORES_SHARE = 0.8;

export function extrapolateConnections(claim: Claim, claims: readonly Claim[], record: RunRecord, limits: LimitValues): Judgement {
  const model = modelAt(claims, record, limits);
  if ('doubt' in model) return inconclusive(`held ${heldText(record)}; ${model.doubt}`);
  const { sizes, server: each } = model.memory.bill;
  const from = `${text(Math.min(...sizes))} to ${text(Math.max(...sizes))}`;
  const { mid, high } = model.memory.server;
  const memory = `${bytesWithErrorText(mid, high - mid)} of ${bytesText(model.availableBytes)} at ${text(claim.value)}`;
  return {
    verdict: 'extrapolated',
    reason: `held ${heldText(record)}; from ${from}: ${bytesWithErrorText(each.mid, each.error)} each, ${memory}`,
  };
}

export function extrapolateSends(claim: Claim, claims: readonly Claim[], record: RunRecord, limits: LimitValues): Judgement {
  const rate = heldRate(record);
  const held = `${text(rate.acceptedPerSecond)}/s held for ${rate.seconds.toFixed(0)} s among ${text(heldConnections(record).connections)} connections, ${latencyText(record)}`;
  const model = modelAt(claims, record, limits);
  if ('doubt' in model) return inconclusive(`${held}; ${model.doubt}`);
  return {
    verdict: 'extrapolated',
    reason: `${held}; ${coresText(model.cpu)} of ${record.host.cores} cores at ${text(claim.value)}/s and ${text(model.connections)} connections`,
  };
}

interface Model {
  readonly connections: number;
  readonly memory: MemoryPrediction;
  readonly cpu: CpuPrediction;
  readonly availableBytes: number;
}

/** The box at all the claims at once. */
function modelAt(claims: readonly Claim[], record: RunRecord, limits: LimitValues): Model | { readonly doubt: string } {
  const claimed = (id: Claim['id']) => claims.find((claim) => claim.id === id)?.value;
  const connections = claimed('connectionsPerBox') ?? record.settings.connections;
  const sendsPerSecond = claimed('sendsPerSecondPerBox') ?? record.settings.sendsPerSecond;
  const shape = { ...grownShape(record, connections, limits), workers: 0 };
  const memory = predictMemory(record, connections, { edge: shape.edges });
  if ('unfit' in memory) return { doubt: `no prediction: ${memory.unfit}` };
  const width = (memory.server.high - memory.server.low) / 2 / memory.server.mid;
  if (width > WIDEST_INTERVAL_SHARE)
    return { doubt: `memory at ${text(connections)} is predicted within ${Math.round(width * 100)} % only` };
  const availableBytes = limits.memoryAvailable ?? record.host.memoryBytes;
  if (memory.server.high > availableBytes) {
    return { doubt: `${text(connections)} would take up to ${bytesText(memory.server.high)} of ${bytesText(availableBytes)}` };
  }
  const [limit] = stoppedBy(connections, limits, shape);
  if (limit !== undefined) {
    return { doubt: `${limit.limit.setting} = ${text(limit.value)} binds at ${text(limit.connections)} of ${text(connections)}` };
  }
  const cpu = predictCpu(record, connections, sendsPerSecond);
  if ('unfit' in cpu) return { doubt: `no prediction: ${cpu.unfit}` };
  if (cpu.cores > record.host.cores * FULLEST_CORES_SHARE) {
    return {
      doubt: `${text(connections)} connections and ${text(sendsPerSecond)} sends/s would take ${coresText(cpu)} of ${record.host.cores} cores`,
    };
  }
  return { connections, memory, cpu, availableBytes };
}

function heldText(record: RunRecord): string {
  const held = heldConnections(record);
  return `${text(held.connections)} for ${held.seconds.toFixed(0)} s`;
}

function coresText(cpu: CpuPrediction): string {
  return cpu.error === undefined || cpu.error < 0.005 ? cpu.cores.toFixed(2) : `${cpu.cores.toFixed(2)} ± ${cpu.error.toFixed(2)}`;
}
