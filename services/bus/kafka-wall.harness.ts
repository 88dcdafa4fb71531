/**
 * A wall between a bus and its broker: passes frames both ways, and on command swallows the requests of some kinds or cuts the
 * connection in place of an answer, as a hanging or dying broker would.
 */
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import type { KafkaSettings } from '../backends/settings.ts';
import { type KafkaBus, type KafkaBusOptions, openBusOver } from './bus-kafka.ts';
import { type Address, kafkaAccess } from './kafka-access.ts';
import { KafkajsDriver } from './kafka-driver-kafkajs.ts';
import { PlatformaticDriver } from './kafka-driver-platformatic.ts';

/** Numbers of requests in the protocol. */
export const REQUESTS = { produce: 0, fetch: 1, join: 11, heartbeat: 12 } as const;

export class KafkaWall {
  /** Kinds of requests that never reach the broker. */
  readonly swallowed = new Set<number>();
  /** True cuts the connection before the answer to this kind of request is passed on. */
  cuts: (kind: number) => boolean = () => false;
  private readonly servers = new Map<string, Promise<Address>>();
  private readonly listening: Server[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly known = new Map<string, Address>();

  async open(settings: KafkaSettings, options: KafkaBusOptions): Promise<KafkaBus> {
    for (const broker of settings.brokers) {
      const [host, port] = broker.split(':');
      await this.through({ host: host!, port: Number(port) });
    }
    const route = (address: Address) => this.known.get(`${address.host}:${address.port}`) ?? address;
    const access = { ...kafkaAccess(settings, 'zstd'), route };
    const driver = settings.driver === 'kafkajs' ? new KafkajsDriver(access) : new PlatformaticDriver(access);
    return openBusOver(driver, settings, options);
  }

  close(): void {
    for (const server of this.listening) server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  /** A port of its own for the broker. */
  private through(broker: Address): Promise<Address> {
    const name = `${broker.host}:${broker.port}`;
    const opening =
      this.servers.get(name) ??
      new Promise<Address>((resolve) => {
        const server = createServer((client) => this.pass(client, broker));
        this.listening.push(server);
        server.listen(0, '127.0.0.1', () => {
          const address = { host: '127.0.0.1', port: (server.address() as { port: number }).port };
          this.known.set(name, address);
          resolve(address);
        });
      });
    this.servers.set(name, opening);
    return opening;
  }

  private pass(client: Socket, broker: Address): void {
    const server = dial(broker.port, broker.host);
    const kinds = new Map<number, number>();
    const end = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        this.sockets.delete(socket);
        end();
      });
    }
    client.on(
      'data',
      framed((frame) => {
        const kind = frame.readInt16BE(4);
        if (this.swallowed.has(kind)) return;
        kinds.set(frame.readInt32BE(8), kind);
        server.write(frame);
      }),
    );
    server.on(
      'data',
      framed((frame) => {
        const correlation = frame.readInt32BE(4);
        const kind = kinds.get(correlation);
        kinds.delete(correlation);
        if (kind !== undefined && this.cuts(kind)) end();
        else client.write(frame);
      }),
    );
  }
}

/** Whole frames, each with its length in front. */
function framed(take: (frame: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const length = 4 + rest.readInt32BE(0);
      take(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
  };
}
