/**
 * One run on a box of its own, from the box's start to what is made of the record: connections open, messages go on, somebody
 * disturbs them, the ledgers are merged. The same for every long run (storm, soak, drain, proof, scenario, bench); each brings its
 * options, what it does meanwhile, and what it tells. Nothing that it started outlives it.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RunRecord } from '../../capacity/run-record.ts';
import { Box, gatewayCommand } from '../coordinator/box.ts';
import { demandSameBuilds, engineBuild } from '../coordinator/builds.ts';
import { planRun, type RunOptions, type RunPlan } from '../coordinator/plan.ts';
import { writeRecord } from '../coordinator/record.ts';
import type { ResumePoint } from '../coordinator/resume-point.ts';
import { Run } from '../coordinator/run.ts';
import type { RunningChat } from '../coordinator/running-chat.ts';
import type { StackServers } from '../coordinator/stack-servers.ts';
import type { Preflight } from '../preflight/preflight.ts';
import type { Frame } from './frame.ts';
import { boxFile, onOwnBox } from './own-box.ts';

/** What the box of a run stands on; left out: the backends that it has in itself. */
export interface BoxBackends {
  /** With which the box finds them. */
  readonly flags: readonly string[];
  readonly stack?: StackServers | undefined;
}

export interface OwnRun<Told> {
  readonly options: RunOptions;
  readonly found: Pick<Preflight, 'shape' | 'values'>;
  /** Of the box. */
  readonly flags: readonly string[];
  readonly on?: BoxBackends | undefined;
  /** Starts a box with such flags; left out: this project's. */
  readonly boxCommand?: ((flags: readonly string[]) => readonly string[]) | undefined;
  /** A box that runs, and is left running, instead of one that is started. */
  readonly box?: Box | undefined;
  /** Of the same folder: a run whose process was killed goes on, with the box and the plan that it had. */
  readonly resumes?: ResumePoint | undefined;
  /** Beside the chat, from its first send; the chat ends when it resolves. */
  readonly during?: (chat: RunningChat, stage: Stage) => Promise<void>;
  /** What is made of it, before the box is stopped. */
  readonly told: (made: Made) => Told | Promise<Told>;
  /** They are large: left out, they are removed with the box. */
  readonly keepsLedgers?: boolean;
}

export interface Stage {
  readonly box: Box;
  readonly plan: RunPlan;
  /** To be kept with `writeResumePoint`. */
  readonly point: ResumePoint;
}

export interface Made {
  readonly record: RunRecord;
  readonly plan: RunPlan;
  readonly box: Box;
  readonly chatTimes: Run['chatTimes'];
  /** Of this process. */
  readonly startedAt: string;
}

export async function ownRun<Told>(frame: Frame, own: OwnRun<Told>): Promise<Told> {
  const startedAt = new Date().toISOString();
  const { folder, progress, command } = frame;
  const { resumes, during, on, boxCommand: commandOf = gatewayCommand } = own;
  const boxCommand = resumes?.boxCommand ?? commandOf([...own.flags, ...(on?.flags ?? [])]);
  const plan = resumes?.plan ?? planRun(own.options, own.found.shape);
  const engine = engineBuild();
  // Before it is taken over: a box that may not be gone on with is left running.
  if (resumes !== undefined) demandSameBuilds(resumes.builds, { engine, box: Box.attach(boxFile(folder)).info.build });
  const onBox = async (box: Box): Promise<Told> => {
    const builds = { engine, box: box.info.build };
    const run = new Run({
      ...frame,
      plan,
      box,
      limitValues: own.found.values,
      stack: on?.stack,
      resumes,
      during: during && ((chat) => during(chat, { box, plan, point: { command, boxCommand, plan, chatStartMs: chat.startMs, builds } })),
    });
    const record = await run.run();
    writeRecord(folder, record);
    return await own.told({ record, plan, box, chatTimes: run.chatTimes, startedAt });
  };
  try {
    if (own.box !== undefined) return await onBox(own.box);
    return await onOwnBox({ folder, command: boxCommand, adopts: resumes !== undefined, say: (text) => progress.say(text) }, onBox);
  } finally {
    if (own.keepsLedgers !== true) removeLedgers(folder);
  }
}

export function removeLedgers(folder: string): void {
  rmSync(join(folder, 'ledgers'), { recursive: true, force: true });
}
