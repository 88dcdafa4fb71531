/** A check as one JSON document, for machines. Numbers are in base units, rates per second; `unit` words are as written. */

import type { Finding, SheetCheck } from './check-figures.ts';
import { clashText, whereText } from './check-text.ts';
import type { Claim } from './claim.ts';
import type { Measured } from './measured.ts';
import type { Unread } from './plain-rows.ts';
import type { Planned } from './planned.ts';
import { QUANTITIES } from './quantity-names.ts';

export const CHECK_SCHEMA = 1;

export interface Beside {
  readonly planned: Planned | undefined;
  readonly measured: readonly Measured[];
}

export function checkJson(file: string, check: SheetCheck, beside: readonly Beside[], unread: readonly Unread[]): object {
  return {
    schema: CHECK_SCHEMA,
    file,
    contradictions: check.findings.length,
    byteBase: check.byteBase,
    rows: check.rows.map((row, at) => ({
      label: row.figure.label.trim(),
      place: row.figure.place,
      ...(row.figure.group === '' ? {} : { column: row.figure.group }),
      claimed: row.figure.text,
      ...(row.claim === undefined ? {} : { quantity: nameOf(row.claim), value: row.claim.value, low: row.claim.low, high: row.claim.high }),
      ...(row.way === undefined ? {} : { derived: row.way.value, from: row.way.inputs.map(({ claim }) => claim.figure.place) }),
      ...(beside[at]?.planned === undefined ? {} : { planned: beside[at]!.planned }),
      ...((beside[at]?.measured.length ?? 0) === 0 ? {} : { measured: beside[at]!.measured }),
      verdict: row.verdict,
      reason: row.reason,
    })),
    findings: check.findings.map(findingJson),
    notUnderstood: unread,
  };
}

function findingJson(finding: Finding): unknown {
  if (finding.units !== undefined)
    return {
      kind: finding.kind,
      places: [finding.units.figure.place],
      label: finding.units.figure.label.trim(),
      text: `the label says ${finding.units.label}, the cell ${finding.units.cell}`,
      factor: finding.units.factor,
    };
  const { suspect, clashes, others } = finding.diagnosis!;
  const each = (one: typeof suspect) => ({
    label: one.claim.figure.label.trim(),
    place: one.claim.figure.place,
    claimed: one.claim.figure.text,
    value: one.claim.value,
    needed: one.needed,
    ...(one.factor === undefined ? {} : { factor: one.factor.name }),
  });
  return {
    kind: finding.kind,
    culprit: each(suspect),
    otherwise: others.map(each),
    clashes: clashes.map((clash) => ({
      relation: clash.id,
      text: clashText(clash),
      claimed: clash.output.value,
      derived: clash.ways[0].value,
      places: [clash.output, ...clash.ways[0].inputs.map(({ claim }) => claim)].map((claim) => claim.figure.place),
      cells: [clash.output, ...clash.ways[0].inputs.map(({ claim }) => claim)].map(whereText),
    })),
    consequences: finding.consequences.map((claim) => ({ label: claim.figure.label.trim(), place: claim.figure.place })),
  };
}

function nameOf(claim: Claim): string {
  const named = Object.entries(QUANTITIES).filter(([, one]) => one.key === claim.key);
  const best = named.find(([, one]) => one.seconds === claim.seconds) ?? named[0];
  return best?.[0] ?? claim.key;
}
