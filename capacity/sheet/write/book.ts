/** A workbook as data: sheets of cells with values, formulas, names and comments. How it is written stands in ooxml.ts. */
export interface BookCell {
  readonly value?: number | string;
  /** Without the leading "="; `value` is what it comes to. */
  readonly formula?: string;
  /** The cell's own name, by which formulas refer to it. */
  readonly name?: string;
  readonly comment?: string;
  readonly heading?: boolean;
}

export interface BookSheet {
  readonly name: string;
  /** For those who want to know how; not what a reader of the sheet looks at. */
  readonly hidden?: true;
  readonly widths: readonly number[];
  readonly rows: readonly (readonly (BookCell | undefined)[])[];
  /** Column (0-based) whose words are coloured. */
  readonly verdicts?: { readonly column: number; readonly good: string; readonly bad: string; readonly open?: string };
}

export function columnLetters(column: number): string {
  return column < 26 ? String.fromCharCode(65 + column) : columnLetters(Math.floor(column / 26) - 1) + columnLetters(column % 26);
}
