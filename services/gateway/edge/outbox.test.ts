import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { Outbox } from './outbox.ts';

test('every connection gets its frames in order, in one message where they fit', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 40_000 })), { maxLength: 60 }), (adds) => {
      const sent = new Map<number, number[]>();
      const messages = new Map<number, number>();
      const outbox = new Outbox((connection, bytes) => {
        sent.set(connection, [...(sent.get(connection) ?? []), ...bytes.filter((byte) => byte !== 0)]);
        messages.set(connection, (messages.get(connection) ?? 0) + 1);
      });
      const expected = new Map<number, number[]>();
      const total = new Map<number, number>();
      adds.forEach(([connection, size], index) => {
        const frame = new Uint8Array(size);
        frame[0] = index + 1;
        outbox.add(connection, frame);
        expected.set(connection, [...(expected.get(connection) ?? []), index + 1]);
        total.set(connection, (total.get(connection) ?? 0) + size);
      });
      outbox.flush();
      outbox.flush();
      expect(sent).toEqual(expected);
      for (const [connection, bytes] of total) if (bytes <= 65_536) expect(messages.get(connection)).toBe(1);
    }),
    { numRuns: 50 },
  );
});
