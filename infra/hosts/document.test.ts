import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { HOST_LIMITS } from '../../capacity/host-limits.ts';
import { DOCUMENT_FILE, hostLimitsDocument } from './document.ts';

test('HOST-LIMITS.md is what the table says', () => {
  expect(readFileSync(DOCUMENT_FILE, 'utf8')).toBe(hostLimitsDocument());
});

test('it has each limit of the table once as a row and once with its reason', () => {
  const text = hostLimitsDocument();
  for (const { setting } of HOST_LIMITS) {
    expect(text.split(`| \`${setting}\` |`)).toHaveLength(2);
    expect(text.split(`**${setting}** —`)).toHaveLength(2);
  }
  expect(text).not.toMatch(/undefined|NaN|Infinity/);
});
