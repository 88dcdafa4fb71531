/**
 * HOST-LIMITS.md from the table of host limits, so that the document can't say anything else than doctor, stacks and load engine do.
 *
 *   node bin/bun.mjs infra/hosts/document.ts      writes HOST-LIMITS.md
 */
import { writeFileSync } from 'node:fs';
import { type BoxShape, DEFAULT_SHAPE } from '../../capacity/box-shape.ts';
import { type HostLimit, NO_LIMIT } from '../../capacity/host-limit.ts';
import { HOST_LIMITS } from '../../capacity/host-limits.ts';
import { PORTS } from '../stacks/ports.ts';

export const DOCUMENT_FILE = new URL('HOST-LIMITS.md', import.meta.url).pathname;
const DOCUMENT_COMMAND = 'node bin/bun.mjs infra/hosts/document.ts';

/** Sizes that a reader knows: a small box, a box of the plan, the largest one held here. */
const SIZES = [100_000, 500_000, 1_000_000] as const;
const SHAPE: BoxShape = { ...DEFAULT_SHAPE, edges: 8, cores: 8, tls: true, ports: [PORTS.client, PORTS.edgesAdmin] };

const SCOPES = {
  process: ['Of a process', 'It is inherited from whatever starts the box, and read when a process starts.'],
  netns: [
    'Of a network namespace',
    'A pod has one of its own, which begins with the kernel’s values and not with its node’s. So these go into `securityContext.sysctls`; Kubernetes lets any pod set the safe ones, the unsafe ones only where the kubelet allows them. With `hostNetwork` they are the node’s.',
  ],
  node: ['Of the whole machine', 'No pod can set them: the node tuner does, or the image of the machine.'],
  runtime: ['Of what starts containers', 'Drop-ins of containerd and of the kubelet, and the limits of a pod.'],
} as const;

export function hostLimitsDocument(): string {
  return `${[
    `<!-- Made from the table in capacity/host-limits*.ts by \`${DOCUMENT_COMMAND}\`. Change the table, not this file. -->`,
    '# Limits of a host',
    `What a machine must allow for a box of so many connections, and what is seen where it does not. \`parley doctor\` reads each of them, says which one binds first and lifts it; the stacks’ pods, the node tuner, the drop-ins and the load engine’s own check take their values from the same table. The sizes: a box alone with ${SHAPE.edges} edges, TLS, ${SHAPE.connectionsPerSecond.toLocaleString('en-GB')} connections a second, heartbeats of ${SHAPE.heartbeatSeconds} s. A limit *stops* where the connections can’t be held beyond it, and *degrades* where they can but something else suffers.`,
    ...(Object.keys(SCOPES) as (keyof typeof SCOPES)[]).flatMap(sectionOf),
    '## By the doctor’s number',
    'Held against the real thing by tests (`infra/doctor/real-limits.slow.test.ts`): a box with 400 and with 1,000 files a process held exactly the connections that the doctor said and refused the next one; 200 source ports were 200 connections to each address; edges that were stopped had min(512, somaxconn) + 1 handshakes waiting at each, the one more being the kernel’s; a control group of 250 MB with both ends in it was said to hold 11,352 and killed a process at 19,373 (18,584 with the base that it had: pages of the runtime’s file were another group’s). Limits of the whole machine are predicted only.',
  ].join('\n\n')}\n`;
}

function sectionOf(scope: keyof typeof SCOPES): readonly string[] {
  const [title, text] = SCOPES[scope];
  const limits = HOST_LIMITS.filter((limit) => limit.scope === scope);
  const sizes = SIZES.map((size) => `${size / 1_000} K`);
  const rows = limits.map((limit) => {
    const needs = SIZES.map((size) => valueText(limit, limit.needed(size, SHAPE)));
    return `| \`${limit.setting}\` | ${needs.join(' | ')} | ${limit.unit} | ${limit.safer === 'larger' ? 'least' : 'most'} | ${limit.effect} | ${podText(limit)} |`;
  });
  return [
    `## ${title}`,
    text,
    [`| setting | ${sizes.join(' | ')} | unit | is the | and | a pod |`, '|---|---:|---:|---:|---|---|---|---|', ...rows].join('\n'),
    ...limits.map(entryOf),
  ];
}

function entryOf(limit: HostLimit): string {
  const middle = limit.needed(SIZES[1], SHAPE);
  return [
    `**${limit.setting}** — ${limit.why}.`,
    `Seen when it is too ${limit.safer === 'larger' ? 'small' : 'large'}: ${limit.symptom}.`,
    `Lifted${limit.atRunTime ? ' while processes run' : ', for processes that start later,'} by:`,
    '',
    ...limit.lift(middle, SHAPE).map((command) => `    ${command}`),
  ].join('\n');
}

function valueText(limit: HostLimit, value: number): string {
  if (value === NO_LIMIT) return 'none';
  const spelt = limit.sysctls(value, SHAPE)[0]?.value;
  return spelt !== undefined && /\s/.test(spelt) && limit.setting.includes('third') ? spelt : value.toLocaleString('en-GB');
}

function podText({ pod }: HostLimit): string {
  if (pod.kind === 'node') return '–';
  return pod.kind === 'safe' && pod.since !== undefined ? `safe since ${pod.since}` : pod.kind;
}

if (import.meta.main) writeFileSync(DOCUMENT_FILE, hostLimitsDocument());
