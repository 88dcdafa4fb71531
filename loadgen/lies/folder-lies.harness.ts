/** Lies in the folder of a finished run: its record is edited, with or without the digest that stands beside it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunRecord } from '../../capacity/run-record.ts';
import { digestOf, sealOf } from '../ledger/seal.ts';
import type { Lie } from './lie.ts';

export interface FolderLie extends Lie {
  /** Whether the ledgers must be merged again to see it. */
  readonly recount: boolean;
  readonly edit: (folder: string, record: RunRecord) => void;
}

export const FOLDER_LIES: readonly FolderLie[] = [
  {
    lie: 'a record that was edited by hand',
    told: 'folder of the run',
    verdict: 'inconclusive',
    says: 'its digest is another',
    recount: false,
    edit: (folder, record) => rewrite(folder, faster(record)),
  },
  {
    lie: 'the record of one run beside the digest of another',
    told: 'folder of the run',
    verdict: 'inconclusive',
    says: 'its digest is another',
    recount: false,
    edit: (folder, record) => writeFileSync(sealOf(recordOf(folder)), digestOf(JSON.stringify(record))),
  },
  {
    lie: 'an edited record with a digest of its own: seen by `parley report --recount`',
    told: 'folder of the run',
    verdict: 'inconclusive',
    says: 'its ledgers',
    recount: true,
    edit: (folder, record) => writeFileSync(sealOf(recordOf(folder)), digestOf(rewrite(folder, faster(record)))),
  },
];

function recordOf(folder: string): string {
  return join(folder, 'record.json');
}

function rewrite(folder: string, record: RunRecord): string {
  const content = `${JSON.stringify(record)}\n`;
  writeFileSync(recordOf(folder), content);
  return content;
}

/** Ten sends more that were accepted, and ten fewer that were not. */
function faster(record: RunRecord): RunRecord {
  return { ...record, ledger: { ...record.ledger, due: record.ledger.due + 10, accepted: record.ledger.accepted + 10 } };
}
