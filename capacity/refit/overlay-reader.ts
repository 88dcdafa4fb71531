/** Reads an overlay of coefficients from untrusted JSON: known names, their own units, intervals that go up, a source. */
import { type Invalid, isInvalid, map, mismatch, object, oneOf, optional, readShape, signed, text } from '../json-shape.ts';
import type { CoefficientKey, Coefficients } from '../model/coefficients.ts';
import type { Quantity, Source } from '../model/quantity.ts';
import type { Overlay } from './refit.ts';

interface ReadQuantity {
  readonly low: number;
  readonly mid: number;
  readonly high: number;
  readonly unit: string;
  readonly what?: string;
  readonly source: Source;
}

const source = (value: unknown, path: string): Source => {
  const { kind } = object<{ kind: Source['kind'] }>({ kind: oneOf(['measured', 'cited', 'chosen']) })(value, path);
  if (kind === 'measured')
    return { kind, ...object<{ by: string; record: string; date: string }>({ by: text, record: text, date: text })(value, path) };
  if (kind === 'cited') return { kind, ...object<{ where: string; date: string }>({ where: text, date: text })(value, path) };
  return { kind, ...object<{ why: string }>({ why: text })(value, path) };
};

export function readOverlay(document: unknown, coefficients: Coefficients): Overlay | Invalid {
  const quantities = map(object<ReadQuantity>({ low: signed, mid: signed, high: signed, unit: text, what: optional(text), source }));
  return readShape<Overlay>(
    (value, path) => {
      const overlay: Partial<Record<CoefficientKey, Quantity>> = {};
      for (const [name, { low, mid, high, unit, source }] of Object.entries(quantities(value, path))) {
        if (!Object.hasOwn(coefficients, name)) mismatch(name, 'the name of a coefficient (parley plan --json has them)', name);
        const known = coefficients[name as CoefficientKey];
        if (unit !== known.unit) mismatch(`${name}.unit`, known.unit, unit);
        if (!(0 <= low && low <= mid && mid <= high)) mismatch(`${name}`, 'an interval 0 ≤ low ≤ mid ≤ high', `${low}, ${mid}, ${high}`);
        overlay[name as CoefficientKey] = { ...known, low, mid, high, source };
      }
      return overlay;
    },
    document,
    '',
  );
}

export { isInvalid };
