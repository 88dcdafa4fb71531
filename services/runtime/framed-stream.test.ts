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

test('without a socket nothing is queued', () => {
  const { sender } = pair((offered) => offered);
  sender.detach();
  sender.push(new Uint8Array(100));
  expect(sender.queuedBytes).toBe(0);
});
