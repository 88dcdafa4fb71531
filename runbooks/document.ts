/**
 * The parts of the runbooks that come from tables: the index of alerts and procedures, the limits of a host, the run in which
 * alerts fired.
 *
 *   node bin/bun.mjs runbooks/document.ts      writes them between their markers
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_SHAPE } from '../capacity/box-shape.ts';
import { NO_LIMIT } from '../capacity/host-limit.ts';
import { HOST_LIMITS } from '../capacity/host-limits.ts';
import { ALERTS } from '../dashboards/alerts/names.ts';
import { alertOf } from './check/check.ts';
import { projectPages, ROOT } from './check/project.ts';
import { carriedOutText, readCarriedOut } from './fire/carried-out.ts';
import { NOT_HERE } from './fire/procedure-runs.ts';
import { SEEN } from './fire/seen.ts';
import { seenTable } from './fire/seen-table.ts';
import { SILENCE, silenceText } from './fire/silence.ts';

/** Connections of a box of the plan. */
const CONNECTIONS = 500_000;
export const COMMAND = 'node bin/bun.mjs runbooks/document.ts';

interface Part {
  readonly file: string;
  readonly marker: string;
  readonly text: () => string;
}

const PARTS: readonly Part[] = [
  { file: 'runbooks/README.md', marker: 'index', text: indexText },
  { file: 'runbooks/README.md', marker: 'seen', text: () => seenTable(Object.keys(ALERTS), SEEN.read()) },
  { file: 'runbooks/README.md', marker: 'silence', text: () => silenceText(SILENCE.read()) },
  { file: 'runbooks/README.md', marker: 'carried', text: carriedText },
  { file: 'runbooks/HostLimitNear.md', marker: 'limits', text: limitsText },
];

/** Each file with its parts as the tables give them. */
export function documents(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const { file, marker, text } of PARTS) {
    const before = files.get(file) ?? readFileSync(join(ROOT, file), 'utf8');
    const pattern = new RegExp(`(<!-- ${marker}:start -->\n)[^]*?(<!-- ${marker}:end -->)`);
    if (!pattern.test(before)) throw new Error(`${file} has no place for ${marker}: <!-- ${marker}:start --> and <!-- ${marker}:end -->`);
    files.set(
      file,
      before.replace(pattern, (_, start: string, end: string) => `${start}${text()}\n${end}`),
    );
  }
  return files;
}

function carriedText(): string {
  const procedures = projectPages().flatMap(({ file }) => /^runbooks\/procedures\/(.+)\.md$/.exec(file)?.[1] ?? []);
  return carriedOutText(procedures, readCarriedOut(), NOT_HERE);
}

function indexText(): string {
  const rows = Object.entries(ALERTS).map(
    ([name, { severities, meaning }]) => `| [${name}](${name}.md) | ${severities.join(', ')} | ${meaning} |`,
  );
  const procedures = projectPages().filter(({ file }) => alertOf(file) === undefined && file !== 'runbooks/README.md');
  return [
    '| alert | wakes | means |',
    '|---|---|---|',
    ...rows,
    '',
    ...procedures.map(({ file, headings }) => `- [${headings[0]!.text}](${file.slice('runbooks/'.length)})`),
  ].join('\n');
}

function limitsText(): string {
  const shape = { ...DEFAULT_SHAPE, tls: true };
  const rows = HOST_LIMITS.map((limit) => {
    const needed = limit.needed(CONNECTIONS, shape);
    const value = needed === NO_LIMIT ? 'none' : Math.ceil(needed).toLocaleString('en');
    return `| \`${limit.setting}\` | ${value} ${limit.unit} | ${limit.safer === 'larger' ? 'least' : 'most'} | ${limit.symptom} |`;
  });
  return [
    `For ${CONNECTIONS.toLocaleString('en')} connections with TLS; how each is lifted, and the way back: [limits of a host](../infra/hosts/HOST-LIMITS.md).`,
    '',
    '| limit | needed | is the | seen where it binds |',
    '|---|---:|---|---|',
    ...rows,
  ].join('\n');
}

if (import.meta.main) for (const [file, text] of documents()) writeFileSync(join(ROOT, file), text);
