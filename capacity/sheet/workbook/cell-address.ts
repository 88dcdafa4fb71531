/** Names of cells: `B7` is column 1, row 6. */
export interface CellAt {
  readonly row: number;
  readonly column: number;
}

export const ROWS_LIMIT = 1_048_576;
export const COLUMNS_LIMIT = 16_384;

/** `$` is let pass; undefined for what is no cell. */
export function parseCellName(name: string): CellAt | undefined {
  const found = /^\$?([A-Za-z]{1,3})\$?([1-9]\d{0,6})$/.exec(name);
  if (found === null) return undefined;
  let column = 0;
  for (const letter of found[1]!.toUpperCase()) column = column * 26 + letter.charCodeAt(0) - 64;
  const row = Number(found[2]);
  return column > COLUMNS_LIMIT || row > ROWS_LIMIT ? undefined : { row: row - 1, column: column - 1 };
}

export function cellName({ row, column }: CellAt): string {
  let name = '';
  for (let rest = column + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) name = String.fromCharCode(65 + ((rest - 1) % 26)) + name;
  return `${name}${row + 1}`;
}
