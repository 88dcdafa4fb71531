import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { encodeFrame } from './codec.ts';
import { MAX_ID } from './ids.ts';
import { idOfAccepted, idOfError, loggedAtOfDeliver } from './peek.ts';

const number = (max = MAX_ID) => fc.integer({ min: 0, max });
const id = fc.uint8Array({ minLength: 16, maxLength: 16 });
const before = fc.uint8Array({ maxLength: 20 });

function placed(head: Uint8Array, frame: Uint8Array): Uint8Array {
  return Uint8Array.of(...head, ...frame);
}

test('the log time of a DELIVER is found wherever it starts and however long its numbers are', () => {
  const entry = fc.record({
    conversation: number(),
    sequence: number(),
    kind: number(15),
    sender: number(),
    id,
    loggedAtMs: number(),
    contentType: number(65_535),
    body: fc.uint8Array({ maxLength: 300 }),
  });
  fc.assert(
    fc.property(entry, before, (fields, head) => {
      expect(loggedAtOfDeliver(placed(head, encodeFrame('deliver', fields)), head.length)).toBe(fields.loggedAtMs);
    }),
  );
});

test('the id of an ACCEPTED and of an ERROR is found, and none in another frame', () => {
  const error = fc.record({ code: number(999), aboutType: number(255), id, retryAfterMs: number(86_400_000), detail: fc.constant('no') });
  fc.assert(
    fc.property(number(), id, error, before, (conversation, of, fields, head) => {
      const accepted = placed(head, encodeFrame('accepted', { conversation, id: of }));
      const at = idOfAccepted(accepted, head.length);
      expect(accepted.slice(at, at + 16)).toEqual(of);
      const refused = placed(head, encodeFrame('error', fields));
      const where = idOfError(refused, head.length);
      expect(refused.slice(where, where + 16)).toEqual(fields.id);
      expect([idOfError(accepted, head.length), idOfAccepted(refused, head.length)]).toEqual([-1, -1]);
      expect(loggedAtOfDeliver(accepted, head.length)).toBeUndefined();
    }),
  );
});
