/** The live line of a run, on standard error: rewritten in place on a terminal, one line a second elsewhere. */
import type { Phase, RunSample } from '../../capacity/run-record.ts';

export interface ProgressSink {
  readonly isTerminal: boolean;
  write(text: string): void;
}

export const STDERR_SINK: ProgressSink = {
  isTerminal: process.stderr.isTTY === true,
  write: (text) => void process.stderr.write(text),
};

/** What a run tells as it goes on. */
export interface RunProgress {
  sample(sample: RunSample): void;
  say(text: string): void;
  end(): void;
}

/** For runs that nobody watches. */
export const NO_PROGRESS: RunProgress = { sample: () => {}, say: () => {}, end: () => {} };

export class Progress implements RunProgress {
  private readonly sink: ProgressSink;
  private readonly planned: number;
  private before: RunSample | undefined;
  private shown = false;

  constructor(sink: ProgressSink, plannedConnections: number) {
    this.sink = sink;
    this.planned = plannedConnections;
  }

  sample(sample: RunSample): void {
    const line = progressLine(sample, this.before, this.planned);
    this.before = sample;
    if (this.sink.isTerminal) {
      this.sink.write(`\r\x1b[K${line}`);
      this.shown = true;
    } else this.sink.write(`${line}\n`);
  }

  /** A line that stays. */
  say(text: string): void {
    this.sink.write(`${this.shown ? '\r\x1b[K' : ''}${text}\n`);
    this.shown = false;
  }

  end(): void {
    if (this.shown) this.sink.write('\n');
    this.shown = false;
  }
}

const PHASE_WIDTH = Math.max(...(['settle', 'start'] satisfies Phase[]).map((phase) => phase.length));

export function progressLine(sample: RunSample, before: RunSample | undefined, planned: number): string {
  const seconds = before === undefined ? 1 : Math.max(0.001, (sample.tMs - before.tMs) / 1_000);
  const per = (value: (one: RunSample) => number) => (before === undefined ? 0 : (value(sample) - value(before)) / seconds);
  const cores = before === undefined ? 0 : per((one) => one.busyUs) / 1_000_000;
  const parts = [
    `${(sample.tMs / 1_000).toFixed(0).padStart(4)} s ${sample.phase.padEnd(PHASE_WIDTH)}`,
    `${count(sample.connectionsClient)} of ${count(planned)} connections`,
    ...(sample.phase === 'ramp' ? [`${count(per((one) => one.connectionsClient))}/s`] : []),
    ...(sample.due > 0
      ? [
          `sent ${count(per((one) => one.due))}/s, accepted ${count(per((one) => one.accepted))}/s, delivered ${count(per((one) => one.delivered))}/s`,
        ]
      : []),
    ...(sample.refused > 0 ? [`refused ${count(sample.refused)}`] : []),
    `${cores.toFixed(1)} cores busy`,
    `${(sample.memAvailableBytes / 2 ** 30).toFixed(1)} GiB free`,
  ];
  return parts.join('  ');
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-GB');
}
