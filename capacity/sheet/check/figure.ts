/**
 * One number of a sheet as the check sees it: what it was called, where it stands, and in base units (bytes, seconds,
 * dollars, plain counts) how exact it was meant to be. A share is a plain number, 40 % is 0.4.
 */

/** What the unit of a number measures, as exponents; a plain count has none. */
export interface Measure {
  readonly bytes: number;
  readonly seconds: number;
  readonly dollars: number;
}

export interface Figure {
  /** `Sheet1!B4`, `notes.md:12`; unique for numbers, as two may stand in one cell. */
  readonly place: string;
  readonly label: string;
  /** What a column of identifiers calls it: `gateway.connections`. */
  readonly id?: string;
  /** Ends of its interval, from columns of their own. */
  readonly bounds?: readonly [low: number, high: number];
  /** Which of the sheet's tables it stands in, and in which of its rows. */
  readonly table?: number;
  readonly line?: number;
  readonly column?: number;
  /** Its row's own name, where the title of a column goes on with it. */
  readonly name?: string;
  /** The title of its column says what it is, its row of what: never sure enough for a contradiction. */
  readonly isAttribute?: true;
  /** Name of its row; a note's numbers have the row that it stands on. */
  readonly row: string;
  /** What stands above it: the table's heading, the section, the header of its column. */
  readonly context: string;
  /** As written. */
  readonly text: string;
  readonly value: number;
  /** A range as written ("20-30 TB"), or what its digits say: 12 is anything from 11.5 to 12.5. */
  readonly low: number;
  readonly high: number;
  /** As an input of another row: what its author may have had in mind when computing with it. Within low and high. */
  readonly inputLow: number;
  readonly inputHigh: number;
  /** Written with three digits or more, or computed by the sheet: a small difference means something. */
  readonly precise: boolean;
  readonly measure: Measure;
  /** Whether its unit was written at all; a bare number takes the unit of its label. */
  readonly hasUnit: boolean;
  /** Nouns that its unit counts, as written: `msg` of `200 B/msg`. */
  readonly unitText: string;
  /** Power of 1,000 that its prefix stands for when it measures bytes; 0 for none or a binary prefix written as such. */
  readonly bytePrefix: number;
  readonly notes: readonly string[];
  /** Its cell computes it. */
  readonly formula?: string;
  /** A sentence gave it, or the note of another row. */
  readonly fromNote: boolean;
  /** Numbers of different groups (columns of years, regions) are never put together; '' belongs to all. */
  readonly group: string;
}

export const COUNT: Measure = { bytes: 0, seconds: 0, dollars: 0 };

export function sameMeasure(left: Measure, right: Measure): boolean {
  return left.bytes === right.bytes && left.seconds === right.seconds && left.dollars === right.dollars;
}
