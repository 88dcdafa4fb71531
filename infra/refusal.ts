/** Why nothing is synthesized: which field of which file, and what is wrong with it. A value: bad input is expected. */

export interface Refusal {
  readonly refused: string;
  /** As it is written in the file: `workload.zones.mid`, `secrets.redis`, `rows[cells.cells]`. */
  readonly field: string;
  readonly file: string;
}

export function isRefusal(value: object): value is Refusal {
  return 'refused' in value;
}

export function refusalText({ refused, field, file }: Refusal): string {
  return field === '' ? `${file}: ${refused}` : `${file}: ${field}: ${refused}`;
}

/** What a reader of `json-shape.ts` says, `secrets.redis.name: expected a text, got nothing`, taken apart. */
export function refusalOf(invalid: string, file: string): Refusal {
  const colon = invalid.indexOf(': ');
  return { field: invalid.slice(0, colon), refused: invalid.slice(colon + 2), file };
}
