import { expect, test } from 'bun:test';
import { listenersOf } from './listeners.ts';

test('the process that listens on a port is found, and a port that nobody listens on is left out', () => {
  const server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response() });
  const port = server.port!;
  expect(listenersOf([port]).get(port)).toBe(process.pid);
  server.stop(true);
  expect(listenersOf([port]).size).toBe(0);
});
