/**
 * The whole check of a sheet, pure: figures in; for each row what it claims, what the other rows make of it and a verdict; and the findings,
 * each with the likely culprit. Reads no file; what is planned and measured is added by `beside.ts`.
 */
import type { Claim, NotMapped, UnitClash } from './claim.ts';
import { type Constraint, constraintsOf, type Way } from './constraints.ts';
import { type Diagnosis, diagnose, membersOf } from './culprit.ts';
import type { Figure } from './figure.ts';
import { type Mapping, mapFigures } from './map-figures.ts';
import { claimsOfNotes, replicasSaid, sumsOfNotes } from './note-claims.ts';
import { sumsOf } from './sums.ts';

export type RowVerdict = 'agrees' | 'contradiction' | 'disputed' | 'consequence' | 'not checked';

export interface CheckedRow {
  readonly figure: Figure;
  readonly claim: Claim | undefined;
  readonly verdict: RowVerdict;
  /** Why, in a line. */
  readonly reason: string;
  /** The way that computes it from others, the held one first. */
  readonly way: Way | undefined;
}

export interface Finding {
  readonly kind: 'contradiction' | 'units';
  readonly diagnosis: Diagnosis | undefined;
  readonly units: UnitClash | undefined;
  /** Rows that agree only because they were computed from the wrong number. */
  readonly consequences: readonly Claim[];
}

export interface SheetCheck {
  readonly rows: readonly CheckedRow[];
  readonly findings: readonly Finding[];
  readonly constraints: readonly Constraint[];
  /** Bytes were read with this base for K, M, G, T. */
  readonly byteBase: 1_000 | 1_024;
}

export function checkFigures(figures: readonly Figure[], mapping: Mapping = {}): SheetCheck {
  const decimal = checkWith(figures, mapping, 1_000);
  if (decimal.findings.length === 0 || !figures.some((figure) => figure.bytePrefix > 0)) return decimal;
  const binary = checkWith(figures, mapping, 1_024);
  return binary.findings.length < decimal.findings.length ? binary : decimal;
}

function checkWith(figures: readonly Figure[], mapping: Mapping, byteBase: 1_000 | 1_024): SheetCheck {
  const read = byteBase === 1_000 ? figures : figures.map(inBinary);
  const mapped = mapFigures(read, mapping);
  const { unitClashes } = mapped;
  const first = related(read, mapped.claims);
  const doubtful = mapped.claims.filter(
    (claim) => claim.weak && first.constraints.some((one) => one.held === undefined && membersOf(one).includes(claim)),
  );
  const rows = mapped.claims.filter((claim) => !doubtful.includes(claim));
  const { claims, constraints, open } = doubtful.length === 0 ? first : related(read, rows);
  const notMapped = [
    ...[...open].map(([figure, reason]) => ({ figure, reason })),
    ...mapped.notMapped,
    ...doubtful.map((claim) => ({ figure: claim.figure, reason: 'its label alone does not say what it is' })),
  ];
  const diagnoses = diagnose(constraints, claims);
  const findings: Finding[] = diagnoses.map((diagnosis) => ({
    kind: 'contradiction',
    diagnosis,
    units: undefined,
    consequences: consequencesOf(diagnosis.suspect.claim, constraints, diagnoses),
  }));
  for (const units of unitClashes) {
    // The row's clash with others says the same.
    if (diagnoses.some((one) => one.suspect.claim.figure === units.figure)) continue;
    findings.push({ kind: 'units', diagnosis: undefined, units, consequences: [] });
  }
  return {
    rows: read.map((figure) =>
      rowOf(figure, [...rows, ...claims.filter(({ key }) => key.startsWith('cell:'))], notMapped, constraints, findings),
    ),
    findings,
    constraints,
    byteBase,
  };
}

interface Related {
  readonly claims: readonly Claim[];
  readonly constraints: readonly Constraint[];
  readonly open: ReadonlyMap<Figure, string>;
}

function related(figures: readonly Figure[], rows: readonly Claim[]): Related {
  const own = rows.flatMap(claimsOfNotes);
  const claims = [...rows, ...own, ...replicasSaid(figures, [...rows, ...own])];
  const sums = sumsOf(figures, rows);
  return {
    claims: [...claims, ...sums.claims],
    constraints: [...constraintsOf(claims), ...rows.flatMap(sumsOfNotes), ...sums.constraints],
    open: sums.open,
  };
}

/** KB, MB, GB as powers of 1,024, which a whole sheet may mean. */
function inBinary(figure: Figure): Figure {
  if (figure.bytePrefix === 0) return figure;
  const by = 1.024 ** figure.bytePrefix;
  return {
    ...figure,
    value: figure.value * by,
    low: figure.low * by,
    high: figure.high * by,
    inputLow: figure.inputLow * by,
    inputHigh: figure.inputHigh * by,
  };
}

/** What was computed from the culprit and agrees with it, and what was computed from that. */
function consequencesOf(culprit: Claim, constraints: readonly Constraint[], diagnoses: readonly Diagnosis[]): readonly Claim[] {
  const wrong = new Set(diagnoses.map((one) => one.suspect.claim));
  const clashing = new Set(diagnoses.flatMap((one) => one.clashes.flatMap(membersOf)));
  const found: Claim[] = [];
  const queue = [culprit];
  for (let from = queue.shift(); from !== undefined; from = queue.shift()) {
    for (const one of constraints) {
      if (one.held === undefined || one.bound) continue;
      const inputs = one.held.inputs.map(({ claim }) => claim);
      // Written twice: each follows from the other. Otherwise what is computed follows from what it is computed from.
      const follower = inputs.includes(from) ? one.output : isSame(one) && one.output === from ? inputs[0]! : undefined;
      if (follower === undefined || follower === culprit || wrong.has(follower) || found.includes(follower) || follower.figure.fromNote)
        continue;
      if (isSame(one) && clashing.has(follower)) continue;
      // Right by another way too, without the culprit: no consequence.
      const other = constraints.find(
        (way) =>
          way !== one &&
          way.output === follower &&
          way.held !== undefined &&
          !way.bound &&
          !way.stated &&
          !isSame(way) &&
          !way.held.inputs.some(({ claim }) => claim === from || found.includes(claim)),
      );
      if (other !== undefined) continue;
      found.push(follower);
      queue.push(follower);
    }
  }
  return found;
}

function isSame(one: Constraint): boolean {
  return one.id === 'the same quantity';
}

function rowOf(
  figure: Figure,
  claims: readonly Claim[],
  notMapped: readonly NotMapped[],
  constraints: readonly Constraint[],
  findings: readonly Finding[],
): CheckedRow {
  const claim = claims.find((one) => one.figure.place === figure.place && one.figure.group === figure.group);
  if (claim === undefined) {
    const reason =
      notMapped.find((one) => one.figure.place === figure.place && one.figure.group === figure.group)?.reason ?? 'not understood';
    return { figure, claim, verdict: 'not checked', reason, way: undefined };
  }
  const own = constraints.filter((one) => one.output === claim && !one.bound);
  const clash = own.find((one) => one.held === undefined);
  const way = clash?.ways[0] ?? own.find((one) => one.held !== undefined)?.held;
  const number = (finding: Finding) => findings.indexOf(finding) + 1;
  const units = findings.find((one) => one.units?.figure === figure);
  if (units !== undefined)
    return { figure, claim, verdict: 'contradiction', reason: `label and cell differ: finding ${number(units)}`, way };
  const suspected = findings.find((one) => one.diagnosis?.suspect.claim === claim);
  if (suspected !== undefined)
    return { figure, claim, verdict: 'contradiction', reason: `likely wrong: finding ${number(suspected)}`, way };
  const follows = findings.find((one) => one.consequences.includes(claim));
  if (follows !== undefined)
    return { figure, claim, verdict: 'consequence', reason: `follows from the wrong number of finding ${number(follows)}`, way };
  const disputed = findings.find(
    (one) =>
      one.diagnosis?.clashes.some((each) => each.output === claim || each.ways[0].inputs.some((input) => input.claim === claim)) === true,
  );
  const held = constraints.filter(
    (one) => one.held !== undefined && !one.bound && (one.output === claim || one.held.inputs.some((input) => input.claim === claim)),
  );
  if (disputed !== undefined && held.length === 0)
    return { figure, claim, verdict: 'disputed', reason: `one side of finding ${number(disputed)}; nothing else confirms it`, way };
  if (held.length === 0) {
    const open = notMapped.find((one) => one.figure === figure);
    if (open !== undefined)
      return { figure, claim: claim.key.startsWith('cell:') ? undefined : claim, verdict: 'not checked', reason: open.reason, way };
  }
  if (held.length === 0)
    return { figure, claim, verdict: 'not checked', reason: 'nothing else in the sheet derives it or is derived from it', way };
  const remark = held.find((one) => one.output === claim && one.remark !== undefined)?.remark;
  const side = disputed === undefined ? '' : `; one side of finding ${number(disputed)}`;
  const main = held.find((one) => one.output === claim) ?? held[0]!;
  return {
    figure,
    claim,
    verdict: 'agrees',
    reason: `${main.output === claim ? 'follows from others' : `agrees with ${main.output.figure.label.trim()}`}${remark === undefined ? '' : `, ${remark}`}${side}`,
    way,
  };
}
