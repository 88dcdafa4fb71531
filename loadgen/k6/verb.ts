/** `parley k6`: writes the k6 script, bundled with the codec. k6 itself is not part of this project (AGPL) and is not run here. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { EXIT, type Verb } from '../../services/runtime/verb.ts';
import { bundleK6Script } from './bundle.ts';

export const verb: Verb = {
  summary: 'write a script for k6, for teams that run it: pairs of users who hold connections and talk',
  help: `usage: parley k6 [--out FILE]

Writes one JavaScript file with the project's own codec in it, for k6 run FILE, or for a TestRun of the k6 operator:

  parley k6 --out chat.js
  kubectl create configmap parley-k6 --namespace parley-loadgen --from-file=chat.js

  --out FILE   where to write it; without it, standard output

The script reads PARLEY_URL, PARLEY_REGION_SECRET_FILE, PARLEY_PAIRS, PARLEY_HOLD_SECONDS, PARLEY_RAMP_SECONDS,
PARLEY_SECONDS_BETWEEN_SENDS, PARLEY_BODY_BYTES and PARLEY_FIRST_USER. k6 itself was not run by this project: the script is
type-checked, bundled, and run under stand-ins of k6's modules against a real box.
`,
  async run(args) {
    const { values } = parseArgs({ args, options: { out: { type: 'string' } } });
    const text = await bundleK6Script();
    if (values.out === undefined) process.stdout.write(text);
    else writeFileSync(values.out, text);
    return EXIT.ok;
  },
};
