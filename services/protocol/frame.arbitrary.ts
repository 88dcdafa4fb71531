/**
 * Random frames for property tests, derived from the table: whatever the table allows may come, with a leaning to the
 * edges of each field. Bodies stay short, so that a thousand runs stay quick; their limit has tests of its own.
 */
import * as fc from 'fast-check';
import { type Field, FRAMES, type FrameSpec } from './frame-table.ts';
import type { Frame, FrameName } from './frames.ts';
import { MESSAGE_ID_BYTES } from './ids.ts';

const LONGEST_BYTES = 300;
const MOST_ITEMS = 6;
const EDGES = [0, 1, 127, 128, 16_383, 16_384, 2 ** 21, 2 ** 28 - 1, 2 ** 28, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 49, 2 ** 53 - 1];

export function anyFrame(): fc.Arbitrary<Frame> {
  return fc.oneof(...(Object.keys(FRAMES) as FrameName[]).map(frameNamed));
}

export function frameNamed(name: FrameName): fc.Arbitrary<Frame> {
  const spec: FrameSpec = FRAMES[name];
  return structOf(spec.fields).map((fields) => ({ name, ...fields }) as unknown as Frame);
}

function structOf(fields: readonly Field[]): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(Object.fromEntries(fields.map((field) => [field.name, fieldValue(field)])), { noNullPrototype: true });
}

function fieldValue(field: Field): fc.Arbitrary<unknown> {
  switch (field.kind) {
    case 'varint':
      return fc.oneof(fc.constantFrom(...EDGES.filter((edge) => edge < field.max), field.max), fc.integer({ min: 0, max: field.max }));
    case 'id':
      return fc.uint8Array({ minLength: MESSAGE_ID_BYTES, maxLength: MESSAGE_ID_BYTES });
    case 'bytes':
      return fc.uint8Array({ maxLength: Math.min(field.maxBytes, LONGEST_BYTES) });
    case 'text':
      return fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => new TextEncoder().encode(text).length <= field.maxBytes);
    case 'list':
      return fc.array(structOf(field.of), { maxLength: Math.min(field.maxCount, MOST_ITEMS) });
  }
}
