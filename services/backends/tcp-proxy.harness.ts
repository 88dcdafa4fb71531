/** Forwards TCP on loopback for tests, and does harm on the way: holds, cuts before the reply, refuses. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class TcpProxy {
  /** `replyLost`: requests are forwarded, and with the first reply the connection is cut instead. `silent`: no reply comes. */
  mode: 'through' | 'replyLost' | 'silent' = 'through';
  cuts = 0;
  private readonly target: { readonly host: string; readonly port: number };
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  private constructor(target: { readonly host: string; readonly port: number }) {
    this.target = target;
    this.server = createServer((client) => this.join(client));
  }

  static async start(target: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await proxy.listen(0);
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  cutAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Nobody is there until the answer is called. */
  async goAway(): Promise<() => Promise<void>> {
    const { port } = this;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.cutAll();
    await closed;
    return () => this.listen(port);
  }

  async close(): Promise<void> {
    this.cutAll();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, '127.0.0.1', () => resolve());
    });
  }

  private join(client: Socket): void {
    const server = connect(this.target);
    const end = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', () => {
        this.sockets.delete(socket);
        end();
      });
    }
    client.on('data', (bytes) => server.write(bytes));
    server.on('data', (bytes) => {
      if (this.mode === 'silent') return;
      if (this.mode === 'replyLost') {
        this.cuts++;
        return end();
      }
      client.write(bytes);
    });
  }
}
