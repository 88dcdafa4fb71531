/** `parley gateway`: a box in the foreground, until it is told to stop. */
import { EXIT, type Verb } from '../runtime/verb.ts';
import { NotStartable } from './box-preconditions.ts';
import { describeSettings, readConfig } from './config.ts';
import { Supervisor } from './supervisor.ts';

export const verb: Verb = {
  summary: 'start a gateway box: edges, a relay, and embedded backends or dispatch on real ones',
  help: `usage: parley gateway [--setting value]…

Starts a box and writes STATE_DIR/box.json when it is ready. SIGTERM or Ctrl-C drains it: connections are told when to
come back and closed at a set rate. SIGHUP reads the files of user keys, revocations and the certificate again. Each setting may also come from the environment, as PARLEY_ and its name in capitals.

${describeSettings()}
`,
  async run(args) {
    const read = readConfig(args, process.env);
    if (!read.ok) {
      for (const problem of read.problems) process.stderr.write(`${problem}\n`);
      return EXIT.couldNotRun;
    }
    let supervisor: Supervisor;
    try {
      supervisor = new Supervisor(read.config);
    } catch (error) {
      process.stderr.write(`the box can't be started: ${reasonOf(error as Error)}\n`);
      return EXIT.couldNotRun;
    }
    return await new Promise<number>((resolve) => {
      const stop = (code: number) => void supervisor.stop().then(() => resolve(code));
      process.once('SIGTERM', () => stop(EXIT.ok));
      process.once('SIGINT', () => stop(EXIT.ok));
      process.on('SIGHUP', () => supervisor.reload());
      supervisor.start().then(
        () => process.stdout.write(`ready: ${JSON.stringify(supervisor.describe())}\n`),
        (error: Error) => {
          process.stderr.write(`the box can't be started: ${reasonOf(error)}\n`);
          stop(EXIT.couldNotRun);
        },
      );
    });
  },
};

/** A sentence where people can do something about it, the place where it is a bug. */
function reasonOf(error: Error): string {
  return error instanceof NotStartable || 'code' in error ? error.message : (error.stack ?? error.message);
}
