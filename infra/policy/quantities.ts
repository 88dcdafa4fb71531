/** Reads Kubernetes' quantities: processors and bytes. What can't be read counts as none: other rules and the API server say so. */
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  m: 0.001,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 1_024,
  Mi: 1_024 ** 2,
  Gi: 1_024 ** 3,
  Ti: 1_024 ** 4,
};

export function quantityOf(text: string | undefined): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([a-zA-Z]*)$/.exec(text ?? '') ?? [];
  return number === undefined || UNITS[unit!] === undefined ? 0 : Number(number) * UNITS[unit!]!;
}
