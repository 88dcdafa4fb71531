/** The frames as types, derived from the table so that the two can't differ. */
import type { Field, FRAMES } from './frame-table.ts';

type ValueOf<F extends Field> = F extends { kind: 'varint' }
  ? number
  : F extends { kind: 'text' }
    ? string
    : F extends { kind: 'list'; of: infer S extends readonly Field[] }
      ? ReadonlyArray<StructOf<S>>
      : Uint8Array;

export type StructOf<S extends readonly Field[]> = { -readonly [F in S[number] as F['name']]: ValueOf<F> };

export type FrameName = keyof typeof FRAMES;

export type FrameOf<N extends FrameName> = { name: N } & StructOf<(typeof FRAMES)[N]['fields']>;

export type Frame = { [N in FrameName]: FrameOf<N> }[FrameName];

export type Entry = Omit<FrameOf<'deliver'>, 'name' | 'conversation'>;
