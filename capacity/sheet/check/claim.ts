/**
 * A figure of the sheet that was understood: which quantity it is, in base units and per second where it is a rate.
 */
import type { Figure } from './figure.ts';
import type { Noun } from './vocabulary.ts';

export interface Claim {
  readonly figure: Figure;
  /** `message/t`, at the peak `message/t^peak`; a quantity of the relations. */
  readonly key: string;
  readonly noun: Noun;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly inputLow: number;
  readonly inputHigh: number;
  /** Of a rate: the time that it was written per, in seconds; 0 for what is none. */
  readonly seconds: number;
  /** Written in months or years, whose days differ. */
  readonly calendar: boolean;
  /** Only the heading above says what it is: never enough for a contradiction. */
  readonly weak: boolean;
  /** A rate that may be the mean or the peak. */
  readonly unsaid: boolean;
  /** What was taken for granted, for the reader. */
  readonly assumed?: string;
  /** Words that may make a part of it, "EU"; the same quantity only where these are the same. */
  readonly narrowed: readonly string[];
}

export interface NotMapped {
  readonly figure: Figure;
  readonly reason: string;
}

/** The label says one time or unit, the cell another. */
export interface UnitClash {
  readonly figure: Figure;
  readonly label: string;
  readonly cell: string;
  readonly factor: number;
}
