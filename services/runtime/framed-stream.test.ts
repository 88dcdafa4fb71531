import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { FramedStream } from './framed-stream.ts';

function pair(takes: (offered: number) => number) {
  const received: Uint8Array[] = [];
  const broken: string[] = [];
  const receiver = new FramedStream({
    maxFrameBytes: 70_000,
    onFrame: (payload) => received.push(payload.slice()),
    onBroken: (reason) => broken.push(reason),
  });
  receiver.attach({ write: () => 0, end: () => undefined });
  const wire: Uint8Array[] = [];
  const flushes: Array<() => void> = [];
  const sender = new FramedStream({
    maxFrameBytes: 70_000,
    onFrame: () => undefined,
    onBroken: () => undefined,
    schedule: (flush) => flushes.push(flush),
  });
  sender.attach({
    write: (bytes) => {
      const taken = Math.min(bytes.length, takes(bytes.length));
      wire.push(bytes.slice(0, taken));
      return taken;
    },
    end: () => undefined,
  });
  const drain = () => {
    for (let round = 0; round < 100_000 && sender.queuedBytes > 0; round++) sender.flush();
    for (const chunk of wire.splice(0)) receiver.receive(chunk);
  };
  return { sender, receiver, received, broken, drain, flushes };
}

test('every frame arrives once, in order and whole, whatever the kernel takes at a time', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 3_000 }), { maxLength: 40 }),
      fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1 }),
      (frames, takes) => {
        let turn = 0;
        const { sender, received, drain } = pair(() => takes[turn++ % takes.length]! + (turn % 7 === 0 ? 1 : 0));
        frames.forEach((frame, index) => {
          sender.push(frame);
          if (index % 5 === 0) sender.flush();
        });
        drain();
        expect(received.map((frame) => Buffer.from(frame).toString('hex'))).toEqual(
          frames.map((frame) => Buffer.from(frame).toString('hex')),
        );
      },
    ),
    { numRuns: 200 },
  );
});

test('frames of one turn leave in one write', () => {
  const { sender, flushes, drain, received } = pair((offered) => offered);
  for (let index = 0; index < 50; index++) sender.push(Uint8Array.of(index));
  expect(flushes.length).toBe(1);
  drain();
  expect(received.length).toBe(50);
});

test('a length over the limit breaks the stream and names it', () => {
  const { receiver, broken } = pair((offered) => offered);
  receiver.receive(Uint8Array.of(255, 255, 255, 0, 1));
  expect(broken).toEqual(['frame of 16777215 bytes, at most 70000']);
});

test('of a stream that is broken nothing more is read, in this chunk or a later one', () => {
  const { receiver, received, broken } = pair((offered) => offered);
  const rest = [255, 255, 255, 0, 1, 0, 0, 0, 9];
  receiver.receive(Uint8Array.of(1, 0, 0, 0, 7, ...rest));
  receiver.receive(Uint8Array.of(1, 0, 0, 0, 8));
  expect(received.map((frame) => frame[0])).toEqual([7]);
  expect(broken.length).toBe(1);
  receiver.attach({ write: () => 0, end: () => undefined });
  receiver.receive(Uint8Array.of(1, 0, 0, 0, 8));
  expect(received.map((frame) => frame[0])).toEqual([7, 8]);
});

test('a length that breaks the stream is seen when it comes byte by byte, too', () => {
  const { receiver, received, broken } = pair((offered) => offered);
  for (const byte of [1, 0, 0, 0, 7, 0, 0, 0, 0, 255, 255, 255, 0, 1]) receiver.receive(Uint8Array.of(byte));
  expect(received.map((frame) => [...frame])).toEqual([[7], []]);
  expect(broken).toEqual(['frame of 16777215 bytes, at most 70000']);
});

test('an owner that gives the socket up in a callback gets nothing more of its bytes', () => {
  const received: number[] = [];
  const stream: FramedStream = new FramedStream({
    maxFrameBytes: 100,
    onFrame: (payload) => {
      received.push(payload[0]!);
      stream.detach();
    },
    onBroken: () => undefined,
  });
  stream.attach({ write: () => 0, end: () => undefined });
  stream.receive(Uint8Array.of(1, 0, 0, 0, 7, 1, 0, 0, 0, 8, 1));
  expect(received).toEqual([7]);
  stream.attach({ write: () => 0, end: () => undefined });
  stream.receive(Uint8Array.of(1, 0, 0, 0, 9));
  expect(received).toEqual([7, 9]);
});

test('a large frame in many chunks arrives whole, and what follows it in the last chunk too', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: 1, max: 9_000 }), (length, step) => {
      const { receiver, received } = pair((offered) => offered);
      const wire = new Uint8Array(4 + length + 5);
      new DataView(wire.buffer).setUint32(0, length, true);
      for (let at = 0; at < length; at++) wire[4 + at] = at % 251;
      wire.set([1, 0, 0, 0, 42], 4 + length);
      for (let at = 0; at < wire.length; at += step) receiver.receive(wire.subarray(at, at + step));
      expect(received.length).toBe(2);
      expect(Buffer.from(received[0]!).equals(Buffer.from(wire.subarray(4, 4 + length)))).toBe(true);
      expect([...received[1]!]).toEqual([42]);
    }),
    { numRuns: 100 },
  );
});

test('without a socket nothing is queued', () => {
  const { sender } = pair((offered) => offered);
  sender.detach();
  sender.push(new Uint8Array(100));
  expect(sender.queuedBytes).toBe(0);
});

test('a slice of a frame is a copy, also of one that came in a Buffer, whole or in parts', () => {
  const kept: Uint8Array[] = [];
  const stream = new FramedStream({ maxFrameBytes: 100, onFrame: (payload) => kept.push(payload.slice()), onBroken: () => undefined });
  stream.attach({ write: () => 0, end: () => undefined });
  const chunk = Buffer.from([2, 0, 0, 0, 7, 8, 2, 0, 0, 0, 9]);
  stream.receive(chunk);
  const rest = Buffer.from([5]);
  stream.receive(rest);
  chunk.fill(0xff);
  rest.fill(0xff);
  expect(kept).toEqual([Uint8Array.of(7, 8), Uint8Array.of(9, 5)]);
});
