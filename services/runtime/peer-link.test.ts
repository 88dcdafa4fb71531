import { afterEach, expect, test } from 'bun:test';
import { PeerClient, type PeerServerOptions, servePeers } from './peer-link.ts';
import { connectTcp, listenTcp } from './tcp.ts';

const secret = new Uint8Array(32).fill(4);
const closers: Array<() => void> = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

function serve(options: Partial<PeerServerOptions> = {}) {
  const log: string[] = [];
  const received: Uint8Array[] = [];
  const listening = servePeers({
    host: '127.0.0.1',
    port: 0,
    secret,
    log: (message) => log.push(message),
    onPeer: () => ({ onFrame: (frame) => received.push(frame.slice()), onClose: () => undefined }),
    ...options,
  });
  closers.push(() => listening.close());
  return { port: listening.port, log, received };
}

/** A connection that knows no secret; resolves when the server has ended it. */
function stranger(port: number, says: readonly Uint8Array[]): Promise<void> {
  return new Promise((resolve) =>
    connectTcp('127.0.0.1', port, {
      onOpen: (sink) => {
        for (const bytes of says) sink.write(bytes);
      },
      onData: () => undefined,
      onDrain: () => undefined,
      onClose: () => resolve(),
    }),
  );
}

test('a stranger can’t announce a large frame: its connection ends and nothing is kept for it', async () => {
  const { port, log, received } = serve();
  await stranger(port, [Uint8Array.of(0, 0, 0, 2, 1, 2, 3)]);
  expect(log).toEqual(['peer broke the framing: frame of 33554432 bytes, at most 256']);
  expect(received).toEqual([]);
});

test('what a stranger sends behind a wrong proof is not looked at', async () => {
  const { port, log, received } = serve();
  const frame = Uint8Array.of(3, 0, 0, 0, 1, 2, 3);
  await stranger(port, [Buffer.concat([frame, frame, frame])]);
  expect(log).toEqual(['peer refused: proof of the wrong length']);
  expect(received).toEqual([]);
});

test('a stranger that says nothing is not kept', async () => {
  const { port, log } = serve({ proofMs: 50 });
  await stranger(port, []);
  expect(log).toEqual(['peer proved nothing in time']);
});

test('a peer that has proved itself may send large frames, and stays beyond the time for the proof', async () => {
  const { port, received, log } = serve({ proofMs: 50 });
  const connected = Promise.withResolvers<void>();
  const client = new PeerClient({
    host: '127.0.0.1',
    port: () => port,
    secret,
    log: () => undefined,
    onConnected: () => connected.resolve(),
    onDisconnected: () => undefined,
    onFrame: () => undefined,
  });
  closers.push(() => client.close());
  await connected.promise;
  await Bun.sleep(100);
  const large = new Uint8Array(5_000_000).map((_, at) => at % 253);
  client.stream.push(large);
  while (received.length === 0) await Bun.sleep(5);
  expect(Buffer.from(received[0]!).equals(Buffer.from(large))).toBe(true);
  expect(log).toEqual([]);
});

test('a client does not wait for ever at a port where another program listens', async () => {
  const mute = listenTcp('127.0.0.1', 0, () => ({
    onOpen: () => undefined,
    onData: () => undefined,
    onDrain: () => undefined,
    onClose: () => undefined,
  }));
  closers.push(() => mute.close());
  const { port } = serve();
  let asked = mute.port;
  const connected = Promise.withResolvers<void>();
  const client = new PeerClient({
    host: '127.0.0.1',
    port: () => asked,
    secret,
    proofMs: 50,
    log: () => {
      asked = port;
    },
    onConnected: () => connected.resolve(),
    onDisconnected: () => undefined,
    onFrame: () => undefined,
  });
  closers.push(() => client.close());
  await connected.promise;
  expect(asked).toBe(port);
});

test('ending a connection whose peer hangs takes no longer than ending any other', async () => {
  const ended = Promise.withResolvers<string>();
  let peer: { close(): void } | undefined;
  const { port } = serve({
    onPeer: (opened) => {
      peer = opened;
      return { onFrame: () => undefined, onClose: (reason) => ended.resolve(reason) };
    },
  });
  const script = `
    import { PeerClient } from ${JSON.stringify(new URL('peer-link.ts', import.meta.url).pathname)};
    const ignore = () => undefined;
    new PeerClient({ host: '127.0.0.1', port: () => ${port}, secret: new Uint8Array(32).fill(4), log: ignore, onFrame: ignore,
      onConnected: () => console.log('connected'), onDisconnected: ignore });
  `;
  const hanging = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe', stderr: 'inherit' });
  try {
    await hanging.stdout.getReader().read();
    hanging.kill('SIGSTOP');
    peer!.close();
    expect(await Promise.race([ended.promise, Bun.sleep(5_000).then(() => 'still open')])).not.toBe('still open');
  } finally {
    hanging.kill('SIGKILL');
    await hanging.exited;
  }
});

test('a bug in a callback ends the process and is seen, instead of losing what came', async () => {
  const script = `
    import { listenTcp, connectTcp } from ${JSON.stringify(new URL('tcp.ts', import.meta.url).pathname)};
    const ignore = () => undefined;
    const events = { onOpen: ignore, onData: ignore, onDrain: ignore, onClose: ignore };
    const { port } = listenTcp('127.0.0.1', 0, () => ({ ...events, onData: () => { throw new Error('a bug of ours'); } }));
    connectTcp('127.0.0.1', port, { ...events, onOpen: (sink) => sink.write(new Uint8Array(1)) });
    setTimeout(() => process.exit(0), 5_000);
  `;
  const child = Bun.spawn([process.execPath, '-e', script], { stdout: 'ignore', stderr: 'pipe' });
  expect(await child.exited).toBe(1);
  expect(await new Response(child.stderr).text()).toContain('a bug of ours');
});

test('an attempt that nobody answers is given up, and one that opens after all is ended', async () => {
  const { port } = serve();
  const late: Array<() => void> = [];
  let attempts = 0;
  let ended = 0;
  const client = new PeerClient({
    host: '127.0.0.1',
    port: () => port,
    secret,
    openMs: 50,
    connect: (host, at, events) => {
      if (++attempts > 1) return connectTcp(host, at, events);
      late.push(() => events.onOpen({ write: (bytes) => bytes.length, end: () => ended++ }));
    },
    onConnected: () => connected.resolve(),
    onFrame: () => undefined,
    onDisconnected: () => undefined,
    log: () => undefined,
  });
  const connected = Promise.withResolvers<void>();
  closers.push(() => client.close());
  await connected.promise;
  for (const open of late) open();
  expect([attempts, ended, client.isConnected]).toEqual([2, 1, true]);
});
