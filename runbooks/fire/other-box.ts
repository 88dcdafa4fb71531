/**
 * A small box beside the run's own, on embedded backends, for what would end the own one's clients: a drain, a storm, a
 * certificate. Prometheus knows its target from the start; as long as it does not run, it is one that does not answer.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../check/project.ts';
import { answers, type Children, freePort, signal, until } from './children.ts';
import type { Target } from './prometheus.ts';

const START_MS = 60_000;
const END_MS = 90_000;
/** Attempts of one address, where all come from one. */
const ANY_ATTEMPTS = ['--attempts-per-address-per-second', '10000', '--attempts-per-address-burst', '10000'];

export class OtherBox {
  readonly pod: string;
  readonly adminPort = String(freePort());
  readonly stateDir: string;
  private readonly children: Children;
  private readonly parley: readonly string[];
  private readonly gateway: number;
  /** Latest last: the box, then what loads it. */
  private readonly begun: Bun.Subprocess[] = [];

  /** `gateway`: its number, which names its pod. */
  constructor(children: Children, parley: readonly string[], gateway: number) {
    this.children = children;
    this.parley = parley;
    this.gateway = gateway;
    this.pod = `edges-${gateway}`;
    this.stateDir = join(children.folder, this.pod);
  }

  get target(): Target {
    return {
      job: 'gateway',
      address: `127.0.0.1:${this.adminPort}`,
      labels: { namespace: 'parley-gateway', app: 'edges', pod: this.pod },
    };
  }

  get boxFile(): string {
    return join(this.stateDir, 'box.json');
  }

  /** What a runbook's block for a box needs to start it again. */
  get env(): Readonly<Record<string, string>> {
    return { ADMIN_PORT: this.adminPort, STATE_DIR: this.stateDir };
  }

  /** Resolves with the supervisor's id when the box is ready. `files`: open files a process, where there are to be fewer. */
  async start(options: readonly string[], files?: number): Promise<number> {
    const limit = files === undefined ? [] : ['prlimit', `--nofile=${files}:${files}`];
    const own = ['--state-dir', this.stateDir, '--gateway', String(this.gateway), '--edges', '1', '--admin-port', this.adminPort];
    const command = [...limit, ...this.parley, 'gateway', ...own, '--connections-per-user', '64', ...ANY_ATTEMPTS, ...options];
    const box = this.children.start(this.pod, command, ROOT);
    this.begun.push(box);
    await until(`${this.pod} is ready`, START_MS, async () => existsSync(this.boxFile) && (await this.answers()));
    return box.pid;
  }

  /** A verb of the load engine against it. */
  load(words: readonly string[]): Bun.Subprocess {
    const engine = this.children.start(`${this.pod}-load`, [...this.parley, ...words, '--box', this.boxFile], ROOT);
    this.begun.push(engine);
    return engine;
  }

  answers(): Promise<boolean> {
    return answers(`http://127.0.0.1:${this.adminPort}/readyz`);
  }

  /** One that a runbook's block started again is ended with that block's shell. */
  async end(): Promise<void> {
    for (const one of this.begun.splice(0).reverse()) {
      one.kill('SIGTERM');
      await Promise.race([one.exited, Bun.sleep(END_MS)]);
      signal(one.pid, 'SIGKILL');
    }
  }
}
