/** The tables of the wire, each against its own rules. */
import { describe, expect, test } from 'bun:test';
import { closeCode, ERROR_CODES, type ErrorCode, type ErrorName, errorName } from './error-codes.ts';
import { BARE_TYPE_MAX, type Field, FRAMES, type FrameSpec } from './frame-table.ts';
import type { FrameName } from './frames.ts';
import { LIMITS, type Limit } from './limits.ts';

const ERRORS = Object.entries(ERROR_CODES) as Array<[ErrorName, ErrorCode]>;
const SPECS = Object.entries(FRAMES) as Array<[FrameName, FrameSpec]>;
const CODE_FIELD = (FRAMES.error.fields as readonly Field[])[0]!;

describe('an error code', () => {
  test('belongs to one error', () => {
    expect(new Set(ERRORS.map(([, error]) => error.code)).size).toBe(ERRORS.length);
  });

  test.each(ERRORS)('has a meaning, something the client should do, and fits its field: %s', (name, error) => {
    expect(error.meaning).not.toBe('');
    expect(error.client).not.toBe('');
    expect(error.code).toBeWithin(1, 1_000);
    expect(CODE_FIELD.kind === 'varint' && error.code <= CODE_FIELD.max).toBeTrue();
    expect(errorName(error.code)).toBe(name);
  });

  test.each(ERRORS)('closes with a code for applications [RFC 6455 §7.4.2]: %s', (name) => {
    expect(closeCode(name)).toBeWithin(4_000, 5_000);
  });

  test.each(ERRORS)('has an HTTP status of a refusal, if any: %s', (_, error) => {
    if (error.httpStatus !== undefined) expect(error.httpStatus).toBeWithin(400, 600);
  });

  test('that closes stands below 32 and one that does not at 32 or above, so that an unknown one can be told apart', () => {
    for (const [, error] of ERRORS) expect(error.closes).toBe(error.code < 32);
  });

  test('of a newer server has no name here', () => {
    expect(errorName(998)).toBeUndefined();
  });
});

describe('a frame', () => {
  test('has a type of its own', () => {
    expect(new Set(SPECS.map(([, spec]) => spec.type)).size).toBe(SPECS.length);
  });

  test.each(SPECS)('has a type of one byte and a meaning, and fields only above the bare types: %s', (_, spec) => {
    expect(spec.type).toBeWithin(1, 256);
    expect(spec.meaning).not.toBe('');
    expect(spec.fields.length === 0).toBe(spec.type <= BARE_TYPE_MAX);
  });

  test.each(SPECS)('has fields with names of their own, none called name: %s', (_, spec) => {
    for (const fields of structuresOf(spec.fields)) {
      const names = fields.map((field) => field.name);
      expect(new Set(names).size).toBe(names.length);
      expect(names).not.toContain('name');
    }
  });

  test.each(SPECS)('has fields whose maxima are within their kind: %s', (_, spec) => {
    for (const field of structuresOf(spec.fields).flat()) {
      if (field.kind === 'varint') expect(field.max).toBeWithin(1, 2 ** 53);
      if (field.kind === 'bytes' || field.kind === 'text') expect(field.maxBytes).toBeWithin(1, LIMITS.frameBytes.value);
      if (field.kind === 'list') expect(field.maxCount).toBeWithin(1, LIMITS.frameBytes.value);
    }
  });
});

describe('a limit', () => {
  test.each(Object.entries(LIMITS) as Array<[string, Limit]>)(
    'has a value, a unit, a meaning and something the client should do: %s',
    (_, limit) => {
      expect(limit.value).toBeGreaterThan(0);
      for (const text of [limit.unit, limit.meaning, limit.client]) expect(text).not.toBe('');
    },
  );
});

function structuresOf(fields: readonly Field[]): Array<readonly Field[]> {
  return [fields, ...fields.flatMap((field) => (field.kind === 'list' ? structuresOf(field.of) : []))];
}
