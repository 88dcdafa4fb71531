/**
 * Plants one slip in a clean sheet: each number times each factor that people miss by, as it would be written. What comes back is
 * whether exactly one finding names it, whether it is the suspect, and what was found wrong in the clean sheets.
 */
import { checkFigures, type SheetCheck } from './check-figures.ts';
import { CLEAN_SHEETS } from './clean-sheets.harness.ts';
import { membersOf } from './culprit.ts';
import type { Figure } from './figure.ts';
import { rowsOfText } from './plain-rows.ts';
import { digitsOf, spreadOf } from './rounding.ts';

export interface Planted {
  readonly sheet: string;
  readonly label: string;
  readonly key: string;
  readonly factor: string;
  readonly found: boolean;
  readonly one: boolean;
  readonly suspect: boolean;
}

const RATE = { '60': 60, '3,600': 3_600, '86,400': 86_400, '24': 24 };
const POWERS = { '10': 10, '1,000': 1_000, '1,000,000': 1e6 };
const BYTES = { '8 bits': 8, '1,024': 1_024, 'RF 3': 3 };
const USERS = { 'devices 1.5': 1.5, 'devices 2': 2 };
const BINARY = { '1,000 : 1,024': 1.024, '1,000² : 1,024²': 1.024 ** 2, '1,000³ : 1,024³': 1.024 ** 3, '1,000⁴ : 1,024⁴': 1.024 ** 4 };

export function figuresOf(name: string): readonly Figure[] {
  return rowsOfText(CLEAN_SHEETS[name]!.trimStart(), /semicolons|commas/.test(name) ? 'sheet.csv' : 'sheet.md').figures;
}

/** `every`: one of so many. */
export function plantAll(every = 1): readonly Planted[] {
  let turn = 0;
  return Object.keys(CLEAN_SHEETS).flatMap((name) => {
    const figures = figuresOf(name);
    const clean = checkFigures(figures);
    return clean.rows.flatMap((row, at): readonly Planted[] => {
      // What nothing else says anything about can't be found by anyone.
      if (row.claim === undefined || row.verdict !== 'agrees') return [];
      return Object.entries(factorsFor(row.claim.key, row.claim.seconds > 0, row.claim.figure.precise)).flatMap(([factor, by]) =>
        [by, 1 / by].flatMap((times): readonly Planted[] => {
          if (turn++ % every !== 0) return [];
          const mutated = figures.map((figure, index) => (index === at ? scaledBy(figure, times) : figure));
          const check = checkFigures(mutated);
          return [
            {
              sheet: name,
              label: row.figure.label,
              key: row.claim!.key,
              factor: times > 1 ? factor : `1/${factor}`,
              ...seen(check, mutated[at]!),
            },
          ];
        }),
      );
    });
  });
}

function factorsFor(key: string, rate: boolean, precise: boolean): Readonly<Record<string, number>> {
  if (key === 'factor:replication' || key === 'factor:peak' || key === 'device@user') return { '10': 10, '2': 2 };
  if (key.startsWith('share:')) return { '100': 100 };
  if (key.startsWith('time:')) return { ...RATE, '7': 7, '30': 30 };
  return {
    ...POWERS,
    ...(rate ? RATE : {}),
    ...(key.startsWith('bytes:') ? { ...BYTES, ...(precise ? BINARY : {}) } : {}),
    ...(/^(connection|user|device)/.test(key) ? USERS : {}),
  };
}

function scaledBy(figure: Figure, by: number): Figure {
  const value = figure.value * by;
  const rounded = Number(value.toPrecision(4));
  const whole = Number.isInteger(Math.log10(by));
  const scale = (part: number) => part * by;
  if (whole)
    return {
      ...figure,
      value,
      low: scale(figure.low),
      high: scale(figure.high),
      inputLow: scale(figure.inputLow),
      inputHigh: scale(figure.inputHigh),
    };
  // Written anew in the unit it had: three or four digits, as a cell shows them.
  const plain = rounded / figureUnit(figure);
  return { ...figure, value: rounded, ...spreadOf(rounded, digitsOf(Number(plain.toPrecision(4))), figure.text.includes('~')) };
}

/** Base units that one of the unit it is written in holds, so that digits are those of the written number. */
function figureUnit(figure: Figure): number {
  const seconds = figure.measure.seconds === -1 && /day|jour|сут|tag/i.test(figure.unitText) ? 86_400 : 1;
  return 1 / seconds;
}

function seen(check: SheetCheck, figure: Figure): Pick<Planted, 'found' | 'one' | 'suspect'> {
  const is = (one: Figure | undefined) => one?.place === figure.place && one.group === figure.group;
  const naming = check.findings.filter(
    (one) => is(one.units?.figure) || one.diagnosis?.clashes.some((clash) => membersOf(clash).some((claim) => is(claim.figure))) === true,
  );
  return {
    found: naming.length > 0,
    one: check.findings.length === 1 && naming.length === 1,
    suspect: naming.some((one) => is(one.units?.figure) || is(one.diagnosis?.suspect.claim.figure)),
  };
}
