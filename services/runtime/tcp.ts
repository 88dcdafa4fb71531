/**
 * TCP sockets behind two functions, for Bun and for Node: the one place where the two differ. Sockets take what the kernel
 * takes; the rest is the caller's (`ByteSink`).
 */
import type { ByteSink } from './framed-stream.ts';

export interface SocketEvents {
  readonly onOpen: (sink: ByteSink) => void;
  readonly onData: (chunk: Uint8Array) => void;
  readonly onDrain: () => void;
  readonly onClose: (reason: string) => void;
}

export interface Listening {
  readonly port: number;
  close(): void;
}

const LINGER_MS = 1_000;
const onBun = typeof Bun !== 'undefined';

/** Connects; every attempt ends in exactly one `onClose`, also one that never opened. */
export function connectTcp(host: string, port: number, events: SocketEvents): void {
  if (onBun) connectBun(host, port, events);
  else void connectNode(host, port, events);
}

/** Listens on loopback or the given host; `accept` gives the events of each new socket. Bun only: servers run there. */
export function listenTcp(host: string, port: number, accept: () => SocketEvents): Listening {
  const server = Bun.listen<{ events: SocketEvents }>({
    hostname: host,
    port,
    socket: {
      open(socket) {
        const events = accept();
        socket.data = { events };
        socket.setNoDelay(true);
        events.onOpen(sinkOf(socket));
      },
      data: (socket, chunk) => socket.data.events.onData(chunk),
      drain: (socket) => socket.data.events.onDrain(),
      close: (socket, error) => socket.data.events.onClose(error?.message ?? 'closed'),
      error: (_socket, error) => bug(error),
    },
  });
  return { port: server.port, close: () => server.stop(true) };
}

/** A peer that hangs never answers an end: after a second its socket is closed all the same. */
function sinkOf(socket: Bun.Socket<unknown>): ByteSink {
  return {
    write: (bytes) => socket.write(bytes),
    end: () => {
      socket.end();
      setTimeout(() => socket.terminate(), LINGER_MS).unref();
    },
  };
}

/** Bun hands what a callback throws to `error`: there it would be lost, and with it the rest of what had come. */
function bug(error: Error): void {
  queueMicrotask(() => {
    throw error;
  });
}

function connectBun(host: string, port: number, events: SocketEvents): void {
  let closed = false;
  const close = (reason: string) => {
    if (!closed) events.onClose(reason);
    closed = true;
  };
  Bun.connect({
    hostname: host,
    port,
    socket: {
      open(socket) {
        socket.setNoDelay(true);
        events.onOpen(sinkOf(socket));
      },
      data: (_socket, chunk) => events.onData(chunk),
      drain: () => events.onDrain(),
      close: (_socket, error) => close(error?.message ?? 'closed'),
      error: (_socket, error) => bug(error),
      connectError: (_socket, error) => close(error.message),
    },
  }).catch((error: Error) => close(error.message));
}

async function connectNode(host: string, port: number, events: SocketEvents): Promise<void> {
  const net = await import('node:net');
  const socket = net.connect({ host, port, noDelay: true });
  let reason = 'closed';
  socket.on('connect', () =>
    events.onOpen({
      // Node queues what the kernel does not take: nothing more is offered until it has drained.
      write: (bytes) => {
        if (socket.writableNeedDrain) return 0;
        socket.write(Buffer.from(bytes));
        return bytes.length;
      },
      end: () => {
        socket.end();
        setTimeout(() => socket.destroy(), LINGER_MS).unref();
      },
    }),
  );
  socket.on('data', (chunk: Buffer) => events.onData(chunk));
  socket.on('drain', () => events.onDrain());
  socket.on('error', (error) => (reason = error.message));
  socket.on('close', () => events.onClose(reason));
}
