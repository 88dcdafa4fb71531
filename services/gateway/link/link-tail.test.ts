import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { LinkTail } from './link-tail.ts';
import { Settled } from './settled.ts';

test('what is not acknowledged is given again in order, and bytes are counted exactly', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.nat(300).map((bytes) => ({ push: bytes })),
          fc.nat(40).map((number) => ({ acknowledge: number })),
        ),
      ),
      (steps) => {
        const tail = new LinkTail(1_000_000);
        const model: Array<{ number: number; bytes: number }> = [];
        let pushed = 0;
        for (const step of steps) {
          if ('push' in step) {
            tail.push(new Uint8Array(step.push));
            model.push({ number: ++pushed, bytes: step.push });
          } else {
            tail.acknowledge(Math.min(step.acknowledge, pushed));
            while (model.length > 0 && model[0]!.number <= step.acknowledge) model.shift();
          }
        }
        expect([...tail.unacknowledged()].map((message) => message.length)).toEqual(model.map(({ bytes }) => bytes));
        expect(tail.bytes).toBe(model.reduce((sum, { bytes }) => sum + bytes, 0));
        expect(tail.firstNumber).toBe(model[0]?.number ?? pushed + 1);
      },
    ),
  );
});

test('a tail keeps its order when thousands have gone through it', () => {
  const tail = new LinkTail(1_000);
  for (let number = 1; number <= 10_000; number++) {
    tail.push(Uint8Array.of(number & 255));
    tail.acknowledge(number - 5);
  }
  expect([...tail.unacknowledged()].map((message) => message[0])).toEqual([12, 13, 14, 15, 16]);
});

test('over its limit the tail takes no more', () => {
  const tail = new LinkTail(100);
  tail.push(new Uint8Array(60));
  expect(tail.hasRoomFor(40)).toBe(true);
  expect(tail.hasRoomFor(41)).toBe(false);
});

test('settled moves only over an unbroken run, whatever the order of completion', () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray(
        Array.from({ length: 60 }, (_, index) => index + 1),
        { minLength: 0 },
      ),
      (order) => {
        const settled = new Settled(0);
        const done = new Set<number>();
        for (const number of order) {
          settled.settle(number);
          settled.settle(number);
          done.add(number);
          let expected = 0;
          while (done.has(expected + 1)) expected++;
          expect(settled.upTo).toBe(expected);
        }
      },
    ),
  );
});
