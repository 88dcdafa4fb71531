/**
 * Machines for tests of the doctor: a network namespace that lives for a test, and processes that are started inside it or under
 * another limit by a prefix of their command line. Whatever is started is ended by `end`.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sysctl } from '../../capacity/host-limit.ts';
import { namespaceCommand } from '../hosts/network-namespace.ts';
import type { ClientResult, ClientTask } from './client.harness.ts';

const PARLEY = new URL('../../parley.ts', import.meta.url).pathname;
const CLIENT = new URL('client.harness.ts', import.meta.url).pathname;
const START_MS = 30_000;

interface DoctorLimit {
  readonly name: string;
  readonly value: number | null;
  readonly needed: number;
  readonly bindsAt: number | null;
  readonly state: 'stops' | 'degrades' | 'fits';
}

export interface DoctorDocument {
  readonly healthy: boolean;
  readonly limits: readonly DoctorLimit[];
  readonly remedies: readonly { readonly name: string; readonly by: string; readonly commands: readonly string[] }[];
  readonly applied?: readonly {
    readonly setting: string;
    readonly before: string;
    readonly after: string;
    readonly stuck: boolean;
    readonly undo: string;
  }[];
}

export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningBox {
  readonly port: number;
  readonly adminPort: number;
  readonly keysFile: string;
  readonly pids: { readonly supervisor: number; readonly relay: number; readonly embedded: number; readonly edges: readonly number[] };
}

export class Machine {
  private readonly started: Bun.Subprocess<'ignore', 'pipe', 'pipe'>[] = [];
  private readonly folders: string[] = [];
  private readonly prefix: readonly string[];

  /** `prefix` goes before every command: `prlimit --nofile=600:600`, `nsenter …`. */
  constructor(prefix: readonly string[] = []) {
    this.prefix = prefix;
  }

  /** In a network namespace of its own, with these settings. */
  static async inNamespace(sysctls: readonly Sysctl[], prefix: readonly string[] = []): Promise<Machine> {
    const outside = new Machine();
    const holder = outside.spawn(namespaceCommand(['/bin/sh', '-c', 'echo ready; exec sleep 600'], sysctls));
    await firstLine(holder);
    const machine = new Machine(['nsenter', `--target=${holder.pid}`, '--net', '--', ...prefix]);
    machine.started.push(holder);
    return machine;
  }

  run(...command: readonly string[]): Finished {
    const { exitCode, stdout, stderr } = Bun.spawnSync([...this.prefix, ...command], { timeout: 60_000 });
    return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
  }

  doctor(...options: readonly string[]): {
    readonly exitCode: number;
    readonly document: DoctorDocument;
    limit(name: string): DoctorLimit;
  } {
    const { exitCode, stdout, stderr } = this.run(process.execPath, PARLEY, 'doctor', '--json', ...options);
    if (stdout === '') throw new Error(`the doctor said nothing: ${stderr}`);
    const document = JSON.parse(stdout) as DoctorDocument;
    return { exitCode, document, limit: (name) => document.limits.find((limit) => limit.name === name)! };
  }

  /** Opens connections, and holds them until it is ended. */
  async clients(task: ClientTask): Promise<{ readonly result: ClientResult; end(): Promise<void> }> {
    const client = this.spawn([...this.prefix, process.execPath, CLIENT, JSON.stringify(task)]);
    const result = JSON.parse(await firstLine(client)) as ClientResult;
    return { result, end: () => endProcess(client) };
  }

  /** Starts it, and does not wait for more than its first line. */
  async start(...command: readonly string[]): Promise<Bun.Subprocess<'ignore', 'pipe', 'pipe'>> {
    const child = this.spawn([...this.prefix, ...command]);
    await firstLine(child);
    return child;
  }

  /** Runs `parley gateway` to its end, for a box that can't start. */
  gatewayFails(...settings: readonly string[]): Finished {
    return this.run(process.execPath, PARLEY, 'gateway', '--state-dir', this.folder(), '--host', '127.0.0.1', ...settings);
  }

  /** A box that is ready. */
  async box(...settings: readonly string[]): Promise<RunningBox> {
    const stateDir = this.folder();
    const admit = ['--attempts-per-address-per-second', '1000000', '--attempts-per-address-burst', '1000000'];
    const rates = ['--admissions-per-second', '1000000', '--admission-burst', '1000000', ...admit];
    const child = this.spawn([
      ...[...this.prefix, process.execPath, PARLEY, 'gateway', '--state-dir', stateDir],
      ...['--host', '0.0.0.0', ...rates, ...settings],
    ]);
    const until = performance.now() + START_MS;
    const text = collect(child);
    while (!text().includes('ready:')) {
      if (child.exitCode !== null || performance.now() > until) throw new Error(`the box did not start: ${text()}`);
      await Bun.sleep(50);
    }
    const box = JSON.parse(readFileSync(join(stateDir, 'box.json'), 'utf8')) as RunningBox & { url: string; adminUrl: string };
    return { port: Number(new URL(box.url).port), adminPort: Number(new URL(box.adminUrl).port), keysFile: box.keysFile, pids: box.pids };
  }

  async end(): Promise<void> {
    for (const child of this.started.toReversed()) await endProcess(child);
    for (const folder of this.folders) rmSync(folder, { recursive: true, force: true });
  }

  private spawn(command: readonly string[]): Bun.Subprocess<'ignore', 'pipe', 'pipe'> {
    const child = Bun.spawn([...command], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.started.push(child);
    return child;
  }

  private folder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'parley-doctor-'));
    this.folders.push(folder);
    return folder;
  }
}

/** A box drains for a while, and one whose edges are stopped never would. */
async function endProcess(child: Bun.Subprocess<'ignore', 'pipe', 'pipe'>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
  const ended = await Promise.race([child.exited.then(() => true), Bun.sleep(8_000).then(() => false)]);
  if (!ended) child.kill('SIGKILL');
  await child.exited;
}

async function firstLine(child: Bun.Subprocess<'ignore', 'pipe', 'pipe'>): Promise<string> {
  let text = '';
  const reader = child.stdout.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`ended without a line: ${text}${await new Response(child.stderr).text()}`);
    text += Buffer.from(value).toString();
    const end = text.indexOf('\n');
    if (end >= 0) return text.slice(0, end);
  }
}

function collect(child: Bun.Subprocess<'ignore', 'pipe', 'pipe'>): () => string {
  let text = '';
  const take = async (stream: ReadableStream<Uint8Array>) => {
    for await (const bytes of stream) text += Buffer.from(bytes).toString();
  };
  void take(child.stdout);
  void take(child.stderr);
  return () => text;
}
