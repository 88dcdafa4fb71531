/**
 * A process of its own that opens connections until it has as many as it was told or one fails, says so in one line of JSON, and
 * holds them until it is ended. Raw sockets: what limits them is the kernel, the box, or nothing.
 *
 *   plain     a TCP connection        request   one with the request of an upgrade, whose answer nobody waits for
 *   session   upgraded with a token of the box's keys file, and a HELLO said
 */
import { readFileSync } from 'node:fs';
import { createSigner } from 'fast-jwt';
import { helloFrame } from '../../services/gateway/test-client.harness.ts';
import { clientFrame, OPCODE, upgradeText } from '../../services/gateway/web-socket.harness.ts';

export interface ClientTask {
  readonly kind: 'plain' | 'request' | 'session';
  readonly addresses: readonly string[];
  readonly port: number;
  readonly connections: number;
  /** Of the box, for sessions. */
  readonly keysFile?: string;
  /** Opened at the same time. */
  readonly atOnce?: number;
  /** Users from here on. */
  readonly firstUser?: number;
  readonly go?: 'onThroughFailures';
  /** Says what it has by then: a connection whose SYN was dropped waits for minutes. */
  readonly withinMs?: number;
}

export interface ClientResult {
  readonly open: number;
  /** By errno, HTTP status, or `closed`. */
  readonly failures: Readonly<Record<string, number>>;
  readonly localPorts: readonly number[];
}

if (import.meta.main) await hold(JSON.parse(process.argv[2]!) as ClientTask);

async function hold(task: ClientTask): Promise<void> {
  const { kind, addresses, port, connections, atOnce = 64, firstUser = 1_000 } = task;
  const mint = kind === 'session' ? minter(task.keysFile!) : undefined;
  const hello = clientFrame(OPCODE.binary, helloFrame());
  const failures: Record<string, number> = {};
  const held: Bun.Socket<Held>[] = [];
  let begun = 0;
  let failed = 0;

  const openOne = (number: number) =>
    new Promise<void>((resolve) => {
      const settle = (failure?: string) => {
        if (failure !== undefined) {
          failures[failure] = (failures[failure] ?? 0) + 1;
          failed++;
        }
        resolve();
      };
      const request =
        kind === 'plain' ? '' : upgradeText(mint === undefined ? {} : { authorization: `Bearer ${mint(firstUser + number)}` });
      Bun.connect<Held>({
        hostname: addresses[number % addresses.length]!,
        port,
        data: { settle, request, answered: false },
        socket: HANDLER,
      }).catch((error: Error & { code?: string }) => settle(error.code ?? error.message));
    });

  const HANDLER: Bun.SocketHandler<Held> = {
    open(socket) {
      held.push(socket);
      if (kind !== 'plain') socket.write(socket.data.request);
      if (kind !== 'session') socket.data.settle();
    },
    data(socket, bytes) {
      if (kind !== 'session' || socket.data.answered) return;
      socket.data.answered = true;
      const status = bytes.subarray(9, 12).toString();
      if (status === '101') {
        socket.write(hello);
        socket.data.settle();
      } else {
        held.splice(held.indexOf(socket), 1);
        socket.data.settle(status);
        socket.end();
      }
    },
    close(socket) {
      const at = held.indexOf(socket);
      if (at >= 0) held.splice(at, 1);
      if (kind === 'session' && !socket.data.answered) socket.data.settle('closed');
    },
    connectError: () => {},
  };

  const worker = async () => {
    while (begun < connections && (failed === 0 || task.go === 'onThroughFailures')) await openOne(begun++);
  };
  const all = Promise.all(Array.from({ length: Math.min(atOnce, connections) }, worker));
  await (task.withinMs === undefined ? all : Promise.race([all, Bun.sleep(task.withinMs)]));
  const localPorts = connections <= 1_000 ? held.map((socket) => socket.localPort) : [];
  process.stdout.write(`${JSON.stringify({ open: held.length, failures, localPorts } satisfies ClientResult)}\n`);
  await new Promise((resolve) => process.on('SIGTERM', resolve));
  // By a reset, which leaves nothing behind that holds a port for another minute.
  for (const socket of [...held]) socket.terminate();
  process.exit(0);
}

interface Held {
  readonly settle: (failure?: string) => void;
  readonly request: string;
  answered: boolean;
}

function minter(keysFile: string): (user: number) => string {
  const { region } = JSON.parse(readFileSync(keysFile, 'utf8')) as { region: { kid: string; secretBase64Url: string } };
  const sign = createSigner({ key: Buffer.from(region.secretBase64Url, 'base64url'), algorithm: 'HS256', kid: region.kid });
  const iat = Math.floor(Date.now() / 1_000);
  return (user) => sign({ sub: String(user), dev: 0, iat, exp: iat + 600 });
}
