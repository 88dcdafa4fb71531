import { expect, test } from 'bun:test';
import { DOCUMENT_COMMAND, DOCUMENT_FILE, protocolDocument } from './document.ts';
import { ERROR_CODES } from './error-codes.ts';
import { LIMITS } from './limits.ts';

test('PROTOCOL.md is what the tables give', async () => {
  const stored = await Bun.file(DOCUMENT_FILE).text();
  if (stored !== protocolDocument()) throw new Error(`PROTOCOL.md is older than the tables. Write it again: ${DOCUMENT_COMMAND}`);
});

test('the document has the grammar and the identifiers from the sources’ own comments', () => {
  const text = protocolDocument();
  for (const line of ['message := frame+', 'varint  := LEB128', 'device key   45 bits user']) expect(text).toContain(`\n${line}`);
});

test('the document names every error and every limit', () => {
  const text = protocolDocument();
  for (const name of [...Object.keys(ERROR_CODES), ...Object.keys(LIMITS)]) expect(text).toContain(`| \`${name}\` |`);
});

test('no cell of the document breaks its table', () => {
  const rows = protocolDocument()
    .trimEnd()
    .split('\n\n')
    .filter((part) => part.startsWith('| '));
  expect(rows.length).toBeGreaterThan(20);
  for (const table of rows) {
    const columns = table.split('\n').map((row) => row.split('|').length);
    expect(new Set(columns).size).toBe(1);
  }
});
