/**
 * `parley doctor`: which limit of this machine binds first at N connections, and what lifts it from where one stands. Without
 * `--fix` it opens and changes nothing.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { FitRequest } from '../../capacity/fit.ts';
import { UNSAFE_POD_SYSCTLS } from '../../capacity/host-limits-machine.ts';
import { readHostLimits } from '../../services/runtime/host/limits.ts';
import { LOAD_OPTIONS, readLoad } from '../../services/runtime/host/load-options.ts';
import { EXIT, type Verb } from '../../services/runtime/verb.ts';
import { OptionError, wholeOption } from '../../services/runtime/whole-option.ts';
import { applyRemedies } from '../doctor/apply.ts';
import { diagnose } from '../doctor/diagnosis.ts';
import { checkNode, nodeText } from '../doctor/node-check.ts';
import { readNodeFacts } from '../doctor/node-facts.ts';
import { readContract } from '../doctor/read-contract.ts';
import { appliedText, diagnosisDocument, diagnosisText } from '../doctor/report.ts';
import { readSurroundings } from '../doctor/surroundings.ts';
import { isRefusal, refusalText } from '../refusal.ts';
import { PORTS } from '../stacks/ports.ts';

const OPTIONS = {
  ...LOAD_OPTIONS,
  ports: { type: 'string' },
  node: { type: 'boolean' },
  contract: { type: 'string' },
  root: { type: 'string' },
  fix: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

/** What a gateway's pods listen on. */
const GATEWAY_PORTS = [PORTS.client, PORTS.edgesAdmin, PORTS.relayLink, PORTS.relayAdmin];

export const verb: Verb = {
  summary: 'which limit of this host, container or pod binds first, and what lifts it',
  help: `
Usage: parley doctor [--connections N] [options]
       parley doctor --node --contract FILE [--root DIR] [--json]

  --connections N   connections of the box (500,000)
  --both-ends       the load engine runs on this machine too
  --edges E         edge processes; without it as many as the limit of files asks for
  --workers W       processes of the load engine, with --both-ends; likewise
  --addresses A     addresses that the clients connect to, with --both-ends; likewise
  --ramp R          connections per second that arrive (2,000)
  --rate S          sends per second (0)
  --heartbeat T     heartbeat period, seconds (30)
  --tls             TLS at the edges
  --ports P,…       ports that the box listens on (${GATEWAY_PORTS.join(',')}: the stacks')
  --fix             write what may be written from here while processes run; prints the way back
  --node            hold this machine against the contract of a node pool instead
  --contract FILE   the contract: POOL.contract.json, as parley nodes writes it
  --root DIR        where the node's files are seen: / on the node, the mount in a privileged pod (/)
  --json            one JSON document

Every limit that can be seen from here is one row of the table in infra/hosts/HOST-LIMITS.md. Ends with 0 when N connections fit,
with 1 when a limit stops them, or the node breaks its contract; what only degrades is told and does not count.

  parley doctor --connections 1000000 --edges 60`,
  run,
};

async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: OPTIONS, strict: true });
  if (values.node === true) return checkAsNode(values);
  let request: FitRequest;
  try {
    request = { ...readLoad(values), cores: availableParallelism(), ports: portsOf(values.ports) };
  } catch (failure) {
    if (!(failure instanceof OptionError)) throw failure;
    console.error(`parley doctor: ${failure.message}`);
    return EXIT.couldNotRun;
  }
  const surroundings = readSurroundings();
  const examine = () => diagnose(request, readHostLimits(UNSAFE_POD_SYSCTLS, request.ports), surroundings);
  const found = examine();
  if (values.fix !== true) {
    console.log(values.json === true ? JSON.stringify(diagnosisDocument(found), null, 2) : diagnosisText(found));
    return found.healthy ? EXIT.ok : EXIT.refuted;
  }
  const applied = applyRemedies(found.remedies);
  const after = examine();
  if (values.json === true) console.log(JSON.stringify(diagnosisDocument(after, applied), null, 2));
  else console.log([appliedText(applied), '', diagnosisText(after)].join('\n'));
  return after.healthy ? EXIT.ok : EXIT.refuted;
}

function checkAsNode({ contract: file, root, json }: Values): number {
  if (file === undefined) {
    console.error('parley doctor: --node takes the contract of its pool: --contract FILE. See --help.');
    return EXIT.couldNotRun;
  }
  const contract = readContract(file);
  if (isRefusal(contract)) {
    console.error(`parley doctor: ${refusalText(contract)}`);
    return EXIT.couldNotRun;
  }
  const findings = checkNode(contract, readNodeFacts(root));
  const keeps = findings.every(({ state }) => state !== 'breaks');
  console.log(json === true ? JSON.stringify({ schema: 1, pool: contract.pool, keeps, findings }, null, 2) : nodeText(contract, findings));
  return keeps ? EXIT.ok : EXIT.refuted;
}

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

function portsOf(text: string | undefined): readonly number[] {
  if (text === undefined) return GATEWAY_PORTS;
  return text
    .split(',')
    .filter((word) => word !== '')
    .map((word) => {
      const port = wholeOption('ports', word)!;
      if (port > 65_535) throw new OptionError(`--ports takes ports up to 65535, not "${word}". See --help.`);
      return port;
    });
}
