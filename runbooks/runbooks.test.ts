/** The runbooks as they stand, and that each kind of mistake in one is found, with its place. */
import { beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kubectlProgram } from '../infra/verify/helm-program.ts';
import { checkRunbooks, type Known } from './check/check.ts';
import { kubectlRefusals } from './check/kubectl-parser.ts';
import { type Page, readPage } from './check/markdown.ts';
import { projectKnown, projectPages, ROOT } from './check/project.ts';
import { COMMAND, documents } from './document.ts';

setDefaultTimeout(120_000);

let pages: readonly Page[];
let known: Known;
let kubectl: string;
beforeAll(async () => {
  pages = projectPages();
  known = await projectKnown();
  kubectl = await kubectlProgram(() => undefined);
});

describe('the runbooks', () => {
  test('are there for every alert, in their form, and name nothing that is not there', () => {
    expect(checkRunbooks(pages, known).findings).toEqual([]);
  });

  test('have commands that kubectl itself takes', async () => {
    const commands = checkRunbooks(pages, known).kubectl;
    expect(commands.length).toBeGreaterThan(100);
    expect(await kubectlRefusals(kubectl, commands)).toEqual([]);
  });

  test('have in their generated parts what the tables say', () => {
    for (const [file, text] of documents()) {
      if (readFileSync(join(ROOT, file), 'utf8') !== text) throw new Error(`${file} is older than its tables. Write it again: ${COMMAND}`);
    }
  });
});

/** The page with one text in the place of another, which must be in it. */
function changed(file: string, from: string, to: string): { readonly pages: readonly Page[]; readonly line: number } {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const at = text.indexOf(from);
  if (at < 0) throw new Error(`${file} has no ${from}`);
  const page = readPage(file, text.slice(0, at) + to + text.slice(at + from.length));
  return { pages: pages.map((one) => (one.file === file ? page : one)), line: text.slice(0, at).split('\n').length };
}

const RELAY = 'runbooks/RelayAway.md';

describe('a mistake is found with its file and line', () => {
  const mistakes: readonly (readonly [what: string, from: string, to: string, problem: string])[] = [
    [
      'a metric that was renamed',
      'parley_edge_relay_connected\n',
      'parley_edge_relay_linked\n',
      'names parley_edge_relay_linked, which is in no catalogue',
    ],
    ['a query that does not parse', 'parley_edge_relay_connected\n', 'sum(parley_edge_relay_connected\n', 'does not parse'],
    ['a panel that is not there', '?viewPanel=5', '?viewPanel=55', 'there is no panel /d/parley-gateway?viewPanel=55'],
    ['a panel by another name', '[Edges with a link]', '[Edges with a lick]', 'is called Edges with a link'],
    ['a verb that is not there', 'npx parley relay ', 'npx parley rely ', 'there is no verb parley rely; is it relay'],
    ['an option that is not there', '--link-secret-file "', '--link-secrets-file "', 'parley relay has no option --link-secrets-file'],
    ['a namespace that no stack has', 'delete pod relay-N', 'delete -n parley-gate pod relay-N', 'no stack has the namespace parley-gate'],
    ['a pod that no stack makes', 'delete pod relay-N', 'delete pod relays-N', 'no stack makes a pod parley-gateway/relays-N'],
    ['a kind that no stack has', 'delete pod relay-N', 'delete prod relay-N', 'no stack has the kind prod'],
    [
      'a link that leads nowhere',
      '(procedures/rotation.md)',
      '(procedures/rotations.md)',
      'the link procedures/rotations.md leads nowhere',
    ],
    ['a section that is missing', '## Impact', '## Impacts', 'its sections are Meaning, Impact, Diagnosis, Mitigation'],
    ['another severity', '`page` ·', '`ticket` ·', 'it says `page`'],
    ['a placeholder', 'Let the relay begin anew.', 'TODO', 'a placeholder'],
    ['a look that says nothing', 'It is not: ', 'It isn’t: ', 'what is seen when it is not this is not said'],
    [
      'a mitigation without its output',
      '```text\npod "relay-N"',
      '```sh\nkubectl get pods\n```\n```yaml\npod "relay-N"',
      'the output that is expected does not follow',
    ],
    ['a mitigation without a way back', 'To undo: ', 'Undone: ', 'how to undo it is not said'],
    ['a program that nobody has', 'until curl', 'telnet localhost; until curl', 'telnet is no program that runbooks use'],
    ['a quote that is not closed', 'delete pod relay-N', "delete pod 'relay-N", 'a quote that is not closed'],
  ];
  test.each(mistakes)('%s', (_, from, to, problem) => {
    const { pages: withMistake, line } = changed(RELAY, from, to);
    const { findings } = checkRunbooks(withMistake, known);
    const found = findings.find((finding) => finding.startsWith(`${RELAY}:`) && finding.includes(problem));
    if (found === undefined) throw new Error(`not found among ${JSON.stringify(findings)}`);
    expect(Math.abs(Number(found.split(':')[1]) - line)).toBeLessThanOrEqual(30);
  });

  test('a patch that is no JSON, a secret that no stack knows, a container that its pod has not, an inner command', () => {
    const problems = (file: string, from: string, to: string) => checkRunbooks(changed(file, from, to).pages, known).findings.join('\n');
    expect(
      problems('runbooks/GatewayNearlyFull.md', '{"spec":{"minReplicaCount":REPLICAS}}', '{"spec":{"minReplicaCount":REPLICAS}'),
    ).toContain('is no JSON');
    expect(problems('runbooks/CertificateExpires.md', 'delete secret gateway-tls', 'delete secret gateways-tls')).toContain(
      'no stack knows the secret parley-gateway/gateways-tls',
    );
    expect(problems('runbooks/ProcessKeepsDying.md', 'logs edges-N -c edges', 'logs edges-N -c edge')).toContain(
      'edges-N has no container edge',
    );
    expect(
      problems('runbooks/DeadLetters.md', 'parley.ts dead-letters list --backends', 'parley.ts dead-letters list --backend '),
    ).toContain('parley dead-letters has no option --backend');
  });

  test('an alert without its runbook, and a runbook without its alert', () => {
    const without = pages.filter(({ file }) => file !== RELAY);
    expect(checkRunbooks(without, known).findings).toEqual(expect.arrayContaining([`${RELAY}:1: the alert RelayAway has no runbook`]));
    const { RelayAway: _, ...others } = known.alerts;
    expect(checkRunbooks(pages, { ...known, alerts: others }).findings).toEqual([`${RELAY}:1: there is no alert RelayAway`]);
  });

  test('a flag or a verb that kubectl does not have', async () => {
    const refusals = await kubectlRefusals(kubectl, [
      { place: 'a.md:1', words: ['get', 'pods', '--namspace=x'] },
      { place: 'a.md:2', words: ['gett', 'pods'] },
      { place: 'a.md:3', words: ['scale', 'deployment', 'dispatch'] },
      { place: 'a.md:4', words: ['get', 'pods'] },
    ]);
    expect(refusals.map((refusal) => refusal.split(':').slice(0, 2).join(':'))).toEqual(['a.md:1', 'a.md:2', 'a.md:3']);
    expect(refusals[0]).toContain('unknown flag: --namspace');
    expect(refusals[1]).toContain('unknown command');
  });
});
