/** `parley gateway`: a box in the foreground, until it is told to stop. */
import { EXIT, type Verb } from '../runtime/verb.ts';
import { describeSettings, readConfig } from './config.ts';
import { Supervisor } from './supervisor.ts';

export const verb: Verb = {
  summary: 'start a gateway box: edges, relay and embedded backends',
  help: `usage: parley gateway [--setting value]…

Starts a box and writes STATE_DIR/box.json when it is ready. SIGTERM or Ctrl-C drains it: connections are told when to
come back and closed at a set rate. Each setting may also come from the environment, as PARLEY_ and its name in capitals.

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
      process.stderr.write(`the box can't be started: ${(error as Error).message}\n`);
      return EXIT.couldNotRun;
    }
    return await new Promise<number>((resolve) => {
      const stop = (code: number) => void supervisor.stop().then(() => resolve(code));
      process.once('SIGTERM', () => stop(EXIT.ok));
      process.once('SIGINT', () => stop(EXIT.ok));
      supervisor.start().then(
        () => process.stdout.write(`ready: ${JSON.stringify(supervisor.describe())}\n`),
        (error: Error) => {
          process.stderr.write(`${error.message}\n`);
          stop(EXIT.couldNotRun);
        },
      );
    });
  },
};
