/**
 * The controller manager beside a control plane, and where it is asked for the scheduler: what empties a deleted namespace,
 * makes pods of workloads and watches budgets. Both speak to the control plane alone.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Subprocess } from 'bun';
import { BackendError } from '../../services/runtime/backend-error.ts';
import { freePorts } from '../../services/runtime/free-ports.ts';
import { type ControlPlane, spawn } from './control-plane.ts';
import { type ProgramName, programs } from './programs.ts';

const READY_MS = 60_000;

export interface Controllers {
  stop(): Promise<void>;
}

export async function startControllers(
  plane: ControlPlane,
  names: ReadonlyArray<'kube-controller-manager' | 'kube-scheduler'>,
  say: (line: string) => void,
  /** Calls to the API server in a second: their own habit is for clusters of a few nodes. */
  callsPerSecond = 100,
): Promise<Controllers> {
  const built = await programs(names, say);
  const ports = await freePorts(names.length, 0);
  const { kubeconfigFile: file, signingKeyFile } = plane;
  const running: Subprocess[] = [];
  const stop = async () => {
    for (const child of running) child.kill('SIGKILL');
    await Promise.all(running.map((child) => child.exited));
  };
  try {
    for (const [index, name] of names.entries()) {
      const own =
        name === 'kube-controller-manager'
          ? [
              `--service-account-private-key-file=${signingKeyFile}`,
              // Nodes here have no kubelet that would report in time on a machine that is busy.
              '--node-monitor-grace-period=1h',
              '--concurrent-statefulset-syncs=20',
            ]
          : [];
      const child = spawn(plane.directory, name, built[name], [
        ...[`--kubeconfig=${file}`, `--authentication-kubeconfig=${file}`, `--authorization-kubeconfig=${file}`],
        ...['--bind-address=127.0.0.1', `--secure-port=${ports[index]}`, '--leader-elect=false'],
        ...[`--kube-api-qps=${callsPerSecond}`, `--kube-api-burst=${2 * callsPerSecond}`],
        ...own,
      ]);
      running.push(child);
      await healthy(name, child, ports[index]!, plane.directory);
    }
    return { stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function healthy(name: ProgramName, child: Subprocess, port: number, directory: string): Promise<void> {
  const untilMs = performance.now() + READY_MS;
  for (;;) {
    // Its certificate is made at its start and of no one's authority; nothing is sent to it.
    const answer = await fetch(`https://127.0.0.1:${port}/healthz`, { tls: { rejectUnauthorized: false } }).catch(() => undefined);
    if (answer?.ok === true) return;
    if (child.exitCode !== null || performance.now() > untilMs) {
      const log = join(directory, `${name}.log`);
      const words = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').slice(-3).join('\n  ') : '';
      throw new BackendError('notReady', `${name} is not healthy:\n  ${words}`, true);
    }
    await Bun.sleep(100);
  }
}
