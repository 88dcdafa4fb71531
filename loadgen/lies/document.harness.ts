/**
 * LIES.md from the tables of lies, so that the document can't name one that no test tells.
 *
 *   node bin/bun.mjs loadgen/lies/document.harness.ts      writes LIES.md
 */
import { writeFileSync } from 'node:fs';
import { CLOCK_LIES } from './clock-lies.harness.ts';
import { COMPARE_LIES } from './compare-lies.harness.ts';
import { FOLDER_LIES } from './folder-lies.harness.ts';
import { LEDGER_LIES } from './ledger-lies.harness.ts';
import type { Lie } from './lie.ts';
import { BOX_PROCESS_LIES, NEIGHBOUR_LIE, STOPPED_LIES } from './process-lies.harness.ts';
import { RECORD_LIES } from './record-lies.harness.ts';

export const DOCUMENT_FILE = new URL('LIES.md', import.meta.url).pathname;

const ALL: readonly Lie[] = [
  ...BOX_PROCESS_LIES,
  NEIGHBOUR_LIE,
  ...Object.values(STOPPED_LIES),
  ...LEDGER_LIES,
  ...CLOCK_LIES,
  ...FOLDER_LIES,
  ...COMPARE_LIES,
  ...RECORD_LIES,
];

export function liesDocument(): string {
  const rows = ALL.map(({ lie, told, verdict, says }) => `| ${lie} | ${told} | ${verdict} | … ${says} … |`);
  return `${[
    '<!-- Made from the tables in loadgen/lies/ by `node bin/bun.mjs loadgen/lies/document.harness.ts`. -->',
    '# Deliberate lies',
    `Ways to make a run look better than it was: ${ALL.length} of them, each told by a test (\`loadgen/lies/*.test.ts\`) on a run that is proved without it. None is. The verdict is that of the worst claim.`,
    ['| lie | told by | verdict | a part of the reason |', '|---|---|---|---|', ...rows].join('\n'),
    'Not caught: a box that lies about itself while nothing is sent (an open socket and an answered heartbeat are all that is claimed then); whoever edits a record, its digest and its ledgers alike.',
  ].join('\n\n')}\n`;
}

if (import.meta.main) writeFileSync(DOCUMENT_FILE, liesDocument());
