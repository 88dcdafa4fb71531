/**
 * A plan's JSON, read by the names of its rows, coefficients and quantities. Every number that is asked for is remembered with the
 * field it stands at: what stacks hang on is what was read.
 */
import { amount, type Invalid, isInvalid, list, map, object, oneOf, readShape, signed, text, whole } from '../capacity/json-shape.ts';
import { PLAN_SCHEMA } from '../capacity/model/plan.ts';
import { type Refusal, refusalOf } from './refusal.ts';

interface Numbered {
  readonly mid: number;
}

interface PlannedMachines {
  readonly count: number;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly networkBytesPerSecond: number;
}

/** What of a plan is read here. */
export interface PlanDocument {
  readonly schema: typeof PLAN_SCHEMA;
  readonly workload: Readonly<Record<string, Numbered>>;
  readonly coefficients: Readonly<Record<string, Numbered>>;
  readonly cells: number;
  readonly rows: ReadonlyArray<{ readonly id: string; readonly value: number }>;
  readonly components: ReadonlyArray<{ readonly component: string; readonly machines: PlannedMachines }>;
}

const NUMBERED = object<Numbered>({ mid: signed });

const PLAN = object<PlanDocument>({
  schema: oneOf([PLAN_SCHEMA]),
  workload: map(NUMBERED),
  coefficients: map(NUMBERED),
  cells: whole,
  // A cost of nothing that has a price is null.
  rows: list(
    object<{ id: string; value: number }>({ id: text, value: (value, path) => (value === null ? Number.NaN : signed(value, path)) }),
  ),
  components: list(
    object<PlanDocument['components'][number]>({
      component: text,
      machines: object<PlannedMachines>({
        count: whole,
        cores: amount,
        memoryBytes: amount,
        diskBytes: amount,
        networkBytesPerSecond: amount,
      }),
    }),
  ),
});

export function readPlanDocument(document: unknown, file: string): PlanDocument | Refusal {
  const given = document as { readonly schema?: unknown; readonly infeasible?: unknown } | null;
  if (typeof given === 'object' && given !== null) {
    if ('infeasible' in given) return { refused: `this workload can’t be met: ${String(given.infeasible)}`, field: 'infeasible', file };
    if (given.schema !== undefined && given.schema !== PLAN_SCHEMA) {
      const refused = `a plan of schema ${JSON.stringify(given.schema)}; this version reads ${PLAN_SCHEMA}: write it anew with parley plan --json`;
      return { refused, field: 'schema', file };
    }
  }
  const plan: PlanDocument | Invalid = readShape<PlanDocument>(PLAN, document, '');
  return isInvalid(plan) ? refusalOf(plan.invalid, file) : plan;
}

/** One number of a plan, by the field it stands at, and what to take for it. */
export interface Moved {
  readonly field: string;
  readonly value: number;
}

/** Thrown by the reader below, caught where sizes are read, and nowhere else. */
export class PlanMistake extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.refused);
    this.refusal = refusal;
  }
}

export class PlanReader {
  /** Value by field, `rows[kafka.brokersPerCell].value`, of everything that was asked for. */
  readonly used = new Map<string, number>();
  private readonly rows: ReadonlyMap<string, number>;
  /** Instead of what the plan has, to see what hangs on it: such a plan is not held to be whole. */
  readonly moved: Moved | undefined;
  private readonly plan: PlanDocument;
  private readonly file: string;

  constructor(plan: PlanDocument, file: string, moved?: Moved) {
    this.plan = plan;
    this.file = file;
    this.moved = moved;
    this.rows = new Map(plan.rows.map(({ id, value }) => [id, value]));
  }

  row(id: string): number {
    return this.number(`rows[${id}].value`, this.rows.get(id));
  }

  /** A row that counts something. */
  count(id: string, least = 1): number {
    const value = this.row(id);
    return Number.isSafeInteger(value) && value >= least
      ? value
      : this.refuse(`rows[${id}].value`, `${value} is no whole number from ${least}`);
  }

  coefficient(name: string): number {
    return this.number(`coefficients.${name}.mid`, this.plan.coefficients[name]?.mid);
  }

  wholeCoefficient(name: string): number {
    const value = this.coefficient(name);
    return Number.isSafeInteger(value) && value > 0
      ? value
      : this.refuse(`coefficients.${name}.mid`, `${value} is no whole number above 0`);
  }

  workload(name: string): number {
    return this.number(`workload.${name}.mid`, this.plan.workload[name]?.mid);
  }

  machines(component: string): PlannedMachines {
    const machines = this.plan.components.find((one) => one.component === component)?.machines;
    if (machines === undefined) return this.refuse(`components[${component}]`, 'the plan has no such component');
    const read = Object.entries(machines).map(([name, value]) => [name, this.number(`components[${component}].machines.${name}`, value)]);
    return Object.fromEntries(read) as PlannedMachines;
  }

  refuse(field: string, refused: string): never {
    throw new PlanMistake({ refused, field, file: this.file });
  }

  private number(field: string, value: number | undefined): number {
    if (value === undefined) return this.refuse(field, 'the plan does not have it: write it anew with parley plan --json');
    if (!Number.isFinite(value)) return this.refuse(field, 'it is no number');
    this.used.set(field, value);
    return this.moved?.field === field ? this.moved.value : value;
  }
}
