/**
 * What runs of a box say of the coefficients of gateway and load engine: bytes and processor time of the bill, each for its own
 * unit. What TLS adds is a difference, so it needs a plain run beside. A run that can't be believed, or that real systems stood
 * behind (the relay's work for them has coefficients of its own), gives its memory or nothing.
 */
import { type CpuCost, cpuBill, knownCosts } from '../cpu-bill.ts';
import { doubtsOf } from '../doubts.ts';
import { type BillItem, type MemoryBill, memoryBill } from '../memory-bill.ts';
import type { CoefficientKey, CoefficientNumbers } from '../model/coefficients.ts';
import { FRAMES_OF_DELIVERY, FRAMES_OF_SEND } from '../predicted-cpu.ts';
import type { RunRecord } from '../run-record.ts';
import { warmRun } from '../warm-windows.ts';
import type { Observation, Observed, PassedOver } from './observation.ts';

interface Value {
  readonly value: number;
  readonly error?: number;
}
type Values = Readonly<Partial<Record<CoefficientKey, Value>>>;

export function observedInRuns(runs: readonly RunRecord[], coefficients: CoefficientNumbers): Observed {
  const passedOver: PassedOver[] = [];
  const believed = runs.filter((run) => {
    const because = run.complete ? doubtsOf(run).find(({ firm }) => firm)?.text : 'it ended before its plan did';
    if (because !== undefined) passedOver.push({ record: run.id, what: 'the run', because });
    return because === undefined;
  });
  const observations = believed.flatMap((run) => {
    const memory = memoryOf(run, passedOver);
    const values = run.settings.tls
      ? tlsOf(run, memory, believed, passedOver)
      : { ...memory, ...processorsOf(run, coefficients, passedOver) };
    return Object.entries(values).map(
      ([key, { value, error }]): Observation => ({
        key: key as CoefficientKey,
        value,
        ...(error === undefined ? {} : { error }),
        by: `parley ${run.command.join(' ')}`,
        record: run.id,
        date: run.endedAt.slice(0, 10),
      }),
    );
  });
  return { observations, passedOver };
}

function memoryOf(run: RunRecord, passedOver: PassedOver[]): Values {
  const bill = memoryBill(run);
  if ('unfit' in bill) {
    passedOver.push({ record: run.id, what: 'memory', because: bill.unfit });
    return {};
  }
  if (bill.server.error > bill.server.mid / 10) {
    const because = `its error is more than a tenth (${Math.round(bill.server.mid)} ± ${Math.round(bill.server.error)} B a connection)`;
    passedOver.push({ record: run.id, what: 'memory', because });
    return {};
  }
  const base = bill.base.find(({ role, from }) => role === 'edge' && from === 'measured');
  return {
    gatewayKernelBytesPerConnection: sumOf(bill, ({ side, kernel }) => side === 'server' && kernel),
    gatewayUserBytesPerConnection: sumOf(bill, ({ name }) => name === 'edges' || name === 'relay'),
    ...(base === undefined ? {} : { gatewayProcessBytes: { value: base.bytesPerProcess } }),
    ...(bill.client === undefined
      ? {}
      : {
          loadgenKernelBytesPerConnection: sumOf(bill, ({ side, kernel }) => side === 'client' && kernel),
          loadgenBytesPerConnection: sumOf(bill, ({ name }) => name === 'workers'),
        }),
  };
}

function sumOf(bill: MemoryBill, wanted: (item: BillItem) => boolean): Value {
  const items = bill.items.filter(wanted);
  return {
    value: items.reduce((sum, { bytesPerConnection }) => sum + bytesPerConnection.mid, 0),
    error: 2 * Math.hypot(...items.map(({ bytesPerConnection }) => bytesPerConnection.error)),
  };
}

function processorsOf(run: RunRecord, coefficients: CoefficientNumbers, passedOver: PassedOver[]): Values {
  if (!run.cpuWindows.some(({ roles }) => roles.embedded !== undefined)) {
    const because = 'on real systems the relay’s work for them is within it, which has coefficients of its own';
    passedOver.push({ record: run.id, what: 'processors', because });
    return {};
  }
  const bill = cpuBill(warmRun(run));
  for (const cost of bill.costs) {
    if ('missing' in cost && (cost.operation !== 'message' || run.settings.sendsPerSecond > 0))
      passedOver.push({ record: run.id, what: cost.operation, because: cost.missing });
  }
  const { handshake, heartbeat, message } = knownCosts(bill);
  if (run.settings.tokenAlgorithm !== 'HS256') return {};
  const framesOf = (deliveries: number) => FRAMES_OF_SEND + FRAMES_OF_DELIVERY * deliveries;
  return {
    ...(handshake === undefined
      ? {}
      : { gatewayUsPerHandshake: costValue(handshake, handshake.gatewayUs), loadgenUsPerConnect: { value: handshake.clientUs } }),
    ...(heartbeat === undefined || run.settings.answerHeartbeats
      ? {}
      : { gatewayUsPerHeartbeat: costValue(heartbeat, heartbeat.gatewayUs), loadgenUsPerHeartbeat: { value: heartbeat.clientUs } }),
    ...(message === undefined
      ? {}
      : {
          gatewayUsPerFrame: costValue(message, message.gatewayUs / framesOf(message.deliveriesEach)),
          loadgenUsPerMessage: {
            value: (message.clientUs * framesOf(coefficients.loadgenDeliveriesPerMessage)) / framesOf(message.deliveriesEach),
          },
        }),
  };
}

/** The error is of the whole box over the windows of its kind; here as the same share of the part. */
function costValue(cost: CpuCost, value: number): Value {
  return cost.boxError === undefined ? { value } : { value, error: (2 * cost.boxError * value) / (cost.gatewayUs + cost.embeddedUs) };
}

function tlsOf(run: RunRecord, memory: Values, believed: readonly RunRecord[], passedOver: PassedOver[]): Values {
  const plain = believed
    .filter((one) => !one.settings.tls && one.settings.tokenAlgorithm === run.settings.tokenAlgorithm)
    .toSorted((left, right) => distance(left, run) - distance(right, run))[0];
  if (plain === undefined) {
    passedOver.push({ record: run.id, what: 'TLS', because: 'it is a difference to a plain run, and none is named' });
    return {};
  }
  const without = memoryOf(plain, []);
  const added = (key: CoefficientKey): Value | undefined => {
    const [one, other] = [memory[key], without[key]];
    return one === undefined || other === undefined
      ? undefined
      : { value: one.value - other.value, error: Math.hypot(one.error ?? 0, other.error ?? 0) };
  };
  const cost = (record: RunRecord) => knownCosts(cpuBill(warmRun(record))).handshake;
  const [tls, bare] = [cost(run), cost(plain)];
  const entries: [CoefficientKey, Value | undefined][] = [
    ['gatewayTlsBytesPerConnection', added('gatewayUserBytesPerConnection')],
    ['loadgenTlsBytesPerConnection', added('loadgenBytesPerConnection')],
    ['gatewayUsPerTlsHandshake', tls === undefined || bare === undefined ? undefined : { value: tls.gatewayUs - bare.gatewayUs }],
    ['loadgenUsPerTlsConnect', tls === undefined || bare === undefined ? undefined : { value: tls.clientUs - bare.clientUs }],
  ];
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined && value.value > 0));
}

function distance(one: RunRecord, other: RunRecord): number {
  return Math.abs(Math.log(one.settings.connections / other.settings.connections));
}
