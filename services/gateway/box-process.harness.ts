/** A whole box for tests, started by `parley gateway` as people start it: supervisor, relay, embedded backends, edges. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSigner } from 'fast-jwt';
import type { BackendsSettings } from '../backends/settings.ts';
import { ChatUser } from './chat-user.harness.ts';
import { eventually } from './test-box.harness.ts';
import { TestClient } from './test-client.harness.ts';
import type { Endpoint } from './web-socket.harness.ts';

export interface BoxDescription {
  readonly url: string;
  readonly adminUrl: string;
  readonly tls: boolean;
  readonly keysFile: string;
  readonly pids: {
    readonly supervisor: number;
    readonly relay: number;
    readonly embedded: number;
    /** On real backends, in place of the embedded ones. */
    readonly dispatchers?: readonly number[];
    readonly edges: readonly number[];
  };
}

const PARLEY = new URL('../../parley.ts', import.meta.url).pathname;
const START_MS = 30_000;

export class BoxProcess {
  readonly stateDir: string;
  stdout = '';
  stderr = '';
  readonly exited: Promise<number>;
  private readonly child: Bun.Subprocess<'ignore', 'pipe', 'pipe'>;

  constructor(settings: readonly string[], stateDir = mkdtempSync(join(tmpdir(), 'parley-gateway-'))) {
    this.stateDir = stateDir;
    const all = ['--state-dir', stateDir, '--host', '127.0.0.1', '--attempts-per-address-per-second', '100000', ...settings];
    this.child = Bun.spawn([process.execPath, PARLEY, 'gateway', '--attempts-per-address-burst', '100000', ...all], {
      env: { ...process.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.exited = this.child.exited.then((code) => (this.child.signalCode === null ? code : -1));
    void this.keep(this.child.stdout, (text) => {
      this.stdout += text;
    });
    void this.keep(this.child.stderr, (text) => {
      this.stderr += text;
    });
  }

  /** Started and ready. */
  static async start(...settings: string[]): Promise<BoxProcess> {
    return await BoxProcess.ready(new BoxProcess(settings));
  }

  private static async ready(box: BoxProcess): Promise<BoxProcess> {
    const ended = box.exited.then((code) => Promise.reject(new Error(`the box ended with ${code}: ${box.stderr}`)));
    ended.catch(() => undefined);
    try {
      await Promise.race([
        eventually(
          () => box.stdout.includes('ready:'),
          () => `the box: ${box.stderr}`,
          START_MS,
        ),
        ended,
      ]);
      return box;
    } catch (error) {
      await box.end();
      throw error;
    }
  }

  /** The same on real systems, by this settings file's content. */
  static async startOn(backends: BackendsSettings, ...settings: string[]): Promise<BoxProcess> {
    const stateDir = mkdtempSync(join(tmpdir(), 'parley-gateway-'));
    const file = join(stateDir, 'backends.json');
    writeFileSync(file, JSON.stringify(backends));
    return await BoxProcess.ready(new BoxProcess(['--backends', file, ...settings], stateDir));
  }

  get pid(): number {
    return this.child.pid;
  }

  /** What box.json says. */
  get description(): BoxDescription {
    return JSON.parse(readFileSync(join(this.stateDir, 'box.json'), 'utf8')) as BoxDescription;
  }

  /** As it is now. */
  async now(): Promise<BoxDescription> {
    return (await (await fetch(`${this.description.adminUrl}/box`)).json()) as BoxDescription;
  }

  get endpoint(): Endpoint {
    const { url, tls } = this.description;
    return { port: Number(new URL(url).port), tls };
  }

  async isReady(): Promise<boolean> {
    return (await fetch(`${this.description.adminUrl}/readyz`)).status === 200;
  }

  async metricsText(): Promise<string> {
    return await (await fetch(`${this.description.adminUrl}/metrics`)).text();
  }

  /** The sum of a metric's samples, or of the one with these labels. */
  async metric(name: string, labels = ''): Promise<number> {
    const lines = (await this.metricsText()).split('\n').filter((line) => line.startsWith(`${name}${labels === '' ? '' : `{${labels}}`}`));
    const mine = lines.filter((line) => /^[ {]/.test(line.slice(name.length)));
    return mine.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  token(user: number, device = 0, lifeSeconds = 600): string {
    const { region } = JSON.parse(readFileSync(this.description.keysFile, 'utf8')) as { region: { kid: string; secretBase64Url: string } };
    const iat = Math.floor(Date.now() / 1_000);
    const sign = createSigner({ key: Buffer.from(region.secretBase64Url, 'base64url'), algorithm: 'HS256', kid: region.kid });
    return sign({ sub: String(user), dev: device, iat, exp: iat + lifeSeconds });
  }

  /** A device of a user that is connected and comes back when cut off. */
  async user(user: number, device = 0): Promise<ChatUser> {
    const { endpoint } = this;
    const chat = new ChatUser(
      () => endpoint,
      () => this.token(user, device),
    );
    await chat.connect();
    return chat;
  }

  /** A client that is live. */
  live(user: number, device = 0, hello: Parameters<typeof TestClient.live>[2] = {}): Promise<TestClient> {
    return TestClient.live(this.endpoint, this.token(user, device), hello);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Processes of this box, the supervisor apart: they carry the directory in their environment. */
  processes(): number[] {
    return readdirSync('/proc').flatMap((name) => {
      if (!/^\d+$/.test(name) || Number(name) === this.pid) return [];
      try {
        const environment = readFileSync(`/proc/${name}/environ`, 'utf8');
        const state = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]![0];
        return environment.includes(`${this.stateDir}/`) && state !== 'Z' ? [Number(name)] : [];
      } catch {
        return [];
      }
    });
  }

  /** As a box of a case. */
  stop(): Promise<void> {
    return this.end();
  }

  /** Ends everything of it, whatever its state, and forgets its files. */
  async end(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await this.child.exited;
    for (const pid of this.processes()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has just ended.
      }
    }
    await eventually(() => this.processes().length === 0, 'the processes of the box to end');
    rmSync(this.stateDir, { recursive: true, force: true });
  }

  private async keep(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) take(decoder.decode(chunk, { stream: true }));
  }
}
