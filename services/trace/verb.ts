/** `parley trace`: where one message is. */
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { connectReader } from '../backends/connect.ts';
import { readBackends } from '../backends/read-settings.ts';
import { DISPATCH_GROUP } from '../dispatch/dispatch.ts';
import { DELIVERIES_GROUP } from '../gateway/relay/deliveries.ts';
import { MESSAGE_ID_BYTES } from '../protocol/ids.ts';
import { createLog } from '../runtime/log.ts';
import { EXIT, type Verb } from '../runtime/verb.ts';
import { traceMessage } from './trace.ts';
import { traceText } from './trace-text.ts';

export const verb: Verb = {
  summary: 'follow one message by its id through the log, the store and the gateways',
  help: `usage: parley trace MESSAGE_ID --backends FILE [--minutes N] [--seconds N] [--json]

Finds the records with this id in the log, says what they came to, which gateways got it and when, and who has received
or read it. MESSAGE_ID has 32 hexadecimal digits. Reads only.

  --backends FILE   settings of the real systems, as parley up writes them
  --minutes N       how far back the log is read [60]
  --seconds N       longest time for each log; what is not read by then is said [60]
  --json            one JSON document

Exit code 0 where the message was found, 2 where it was not, 3 where a system could not be reached.

example: parley trace 000102030405060708090a0b0c0d0e0f --backends .parley/local/backends.json
`,
  async run(args) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        backends: { type: 'string' },
        minutes: { type: 'string', default: '60' },
        seconds: { type: 'string', default: '60' },
        json: { type: 'boolean', default: false },
      },
    });
    const [hex] = positionals;
    const minutes = Number(values.minutes);
    const seconds = Number(values.seconds);
    const problem = problemOf(hex, values.backends, minutes, seconds);
    if (problem !== undefined) {
      process.stderr.write(`parley trace: ${problem}\n`);
      return EXIT.couldNotRun;
    }
    const systems = await connectReader(readBackends(values.backends!), createLog('trace'));
    try {
      const trace = await traceMessage({
        ...systems,
        id: Buffer.from(hex!, 'hex'),
        fromMs: Date.now() - minutes * 60_000,
        dispatchGroup: DISPATCH_GROUP,
        relayGroup: DELIVERIES_GROUP,
        name: randomUUID().slice(0, 8),
        deadlineMs: seconds * 1_000,
      });
      process.stdout.write(`${values.json ? JSON.stringify(trace, null, 2) : traceText(trace)}\n`);
      return trace.records.length > 0 ? EXIT.ok : EXIT.inconclusive;
    } finally {
      await systems.close();
    }
  },
};

function problemOf(hex: string | undefined, backends: string | undefined, minutes: number, seconds: number): string | undefined {
  if (hex === undefined || !/^[0-9a-f]+$/i.test(hex) || hex.length !== MESSAGE_ID_BYTES * 2) {
    return `MESSAGE_ID is ${MESSAGE_ID_BYTES * 2} hexadecimal digits`;
  }
  if (backends === undefined) return '--backends FILE says where the systems are';
  if (!(minutes > 0)) return '--minutes is a number above 0';
  return seconds > 0 ? undefined : '--seconds is a number above 0';
}
