/** Flags of the box of a run: bounds that the run does not name must not be what it meets, since they are other tests' business. */

/** More than any run asks for. */
const MANY = 1_000_000;

const OPEN = {
  'admissions-per-second': MANY,
  'admission-burst': MANY,
  'attempts-per-address-per-second': MANY,
  'attempts-per-address-burst': MANY,
  'drain-closes-per-second': MANY,
  'drain-seconds': 5,
} as const;

/** By the names that `parley gateway` has for them; false, or undefined, leaves one as it is when nothing is said. */
export interface BoxSettings {
  readonly edges: number;
  readonly 'max-connections': number;
  readonly [name: string]: Setting;
}

type Setting = string | number | boolean | undefined;

export function boxFlags(settings: BoxSettings): string[] {
  const all: Readonly<Record<string, Setting>> = { ...OPEN, ...settings };
  return Object.entries(all).flatMap(([name, value]) =>
    value === false || value === undefined ? [] : [value === true ? `--${name}` : `--${name}=${value}`],
  );
}
