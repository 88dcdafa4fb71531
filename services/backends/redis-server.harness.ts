/**
 * Servers that a test may do to as it likes: single or a cluster of three, with TLS and a login if asked for. Guarded by
 * `requires('redis-server')`, which is the program that PARLEY_REDIS_SERVER names, or one on the PATH.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { TEST_STACKS } from '../runtime/test-servers.ts';
import { locate } from '../runtime/tools.ts';
import type { RedisSettings } from './settings.ts';

export interface ServerOptions {
  readonly primaries?: 1 | 3;
  /** TLS by an authority of its own, and a user with a password. */
  readonly secured?: boolean;
}

const USER = 'parley';
const PASSWORD = 'correct-horse-battery';
const SLOTS = 16_384;

export class RedisServers {
  readonly settings: RedisSettings;
  readonly directory: string;
  private readonly ports: readonly number[];
  private readonly secured: boolean;
  private readonly children: Array<ChildProcess | undefined> = [];

  private constructor(directory: string, ports: readonly number[], { primaries = 1, secured = false }: ServerOptions) {
    this.directory = directory;
    this.ports = ports;
    this.secured = secured;
    this.settings = {
      nodes: ports.map((port) => `127.0.0.1:${port}`),
      cluster: primaries > 1,
      prefix: 'test:',
      ...(secured
        ? {
            tls: { authorityFile: join(directory, 'authority.pem') },
            login: { user: USER, passwordFile: join(directory, 'password') },
          }
        : {}),
    };
  }

  static async start(options: ServerOptions = {}): Promise<RedisServers> {
    const directory = mkdtempSync(join(tmpdir(), 'parley-redis-'));
    const ports = await freePorts(options.primaries ?? 1);
    const servers = new RedisServers(directory, ports, options);
    try {
      if (options.secured === true) servers.writeSecrets();
      for (let index = 0; index < ports.length; index++) await servers.run(index);
      if (ports.length > 1) await servers.meet();
      return servers;
    } catch (error) {
      await servers.close();
      throw error;
    }
  }

  /** Ends a server as a crash does: nothing of it is left. */
  async kill(index = 0): Promise<void> {
    const child = this.children[index];
    this.children[index] = undefined;
    if (child === undefined || child.exitCode !== null) return;
    await new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.kill('SIGKILL');
    });
  }

  async run(index = 0): Promise<void> {
    const port = this.ports[index]!;
    const child = spawn(programOf()!, this.argumentsOf(index, port), { stdio: 'ignore', cwd: this.directory });
    this.children[index] = child;
    for (let times = 0; ; times++) {
      try {
        return await this.ask(index, (node) => node.ping());
      } catch (error) {
        if (times > 100 || child.exitCode !== null) throw error;
        await Bun.sleep(20);
      }
    }
  }

  async close(): Promise<void> {
    for (let index = 0; index < this.ports.length; index++) await this.kill(index);
    rmSync(this.directory, { recursive: true });
  }

  async ask<Answer>(index: number, use: (node: Redis) => Promise<Answer>): Promise<void> {
    const secure = this.secured ? { tls: { rejectUnauthorized: false }, username: USER, password: PASSWORD } : {};
    const node = new Redis({ host: '127.0.0.1', port: this.ports[index]!, lazyConnect: true, retryStrategy: () => null, ...secure });
    node.on('error', () => undefined);
    try {
      await node.connect();
      await use(node);
    } finally {
      node.disconnect();
    }
  }

  private argumentsOf(index: number, port: number): string[] {
    const given = [
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      this.directory,
      '--port',
      this.secured ? '0' : String(port),
    ];
    if (this.secured) {
      given.push('--tls-port', String(port), '--tls-auth-clients', 'no', '--tls-cert-file', 'server.pem', '--tls-key-file', 'server.key');
      given.push(
        '--tls-ca-cert-file',
        'authority.pem',
        '--user',
        USER,
        'on',
        `>${PASSWORD}`,
        '~*',
        '&*',
        '+@all',
        '--user',
        'default',
        'off',
      );
    }
    if (this.ports.length > 1)
      given.push('--cluster-enabled', 'yes', '--cluster-config-file', `nodes-${index}.conf`, '--cluster-node-timeout', '1000');
    return given;
  }

  private async meet(): Promise<void> {
    const share = SLOTS / this.ports.length;
    for (let index = 0; index < this.ports.length; index++) {
      const [from, to] = [Math.ceil(index * share), Math.ceil((index + 1) * share) - 1];
      await this.ask(index, (node) => node.call('CLUSTER', 'ADDSLOTSRANGE', from, to));
      if (index > 0) await this.ask(0, (node) => node.call('CLUSTER', 'MEET', '127.0.0.1', this.ports[index]!));
    }
    for (let index = 0; index < this.ports.length; index++) await this.untilOk(index);
  }

  private async untilOk(index: number): Promise<void> {
    for (let times = 0; times < 300; times++) {
      let info = '';
      await this.ask(index, async (node) => {
        info = String(await node.call('CLUSTER', 'INFO'));
      });
      if (info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${this.ports.length}`)) return;
      await Bun.sleep(20);
    }
    throw new Error('the cluster does not come together');
  }

  private writeSecrets(): void {
    writeFileSync(join(this.directory, 'password'), `${PASSWORD}\n`, { mode: 0o600 });
    const openssl = (...given: string[]) => execFileSync('openssl', given, { cwd: this.directory, stdio: 'ignore' });
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    openssl('req', '-x509', ...key, '-subj', '/CN=Test authority', '-keyout', 'authority.key', '-out', 'authority.pem');
    openssl('req', ...key.slice(0, -2), '-subj', '/CN=127.0.0.1', '-keyout', 'server.key', '-out', 'server.csr');
    writeFileSync(join(this.directory, 'names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
    const signed = ['-CA', 'authority.pem', '-CAkey', 'authority.key', '-CAcreateserial', '-days', '2', '-extfile', 'names'];
    openssl('x509', '-req', '-in', 'server.csr', ...signed, '-out', 'server.pem');
  }
}

function programOf(): string | undefined {
  return process.env[TEST_STACKS.program.file] ?? locate('redis');
}

/** A cluster's bus has the port 10,000 above, so both must be low and free. */
async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let port = 20_000 + Math.floor(Math.random() * 10_000); ports.length < count; port++) {
    if ((await isFree(port)) && (await isFree(port + 10_000))) ports.push(port);
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => {
      const { port: given } = server.address() as AddressInfo;
      server.close(() => resolve(given === port));
    });
  });
}
