import { expect, test } from 'bun:test';
import { checkFigures } from './check-figures.ts';
import { rowsOfText } from './plain-rows.ts';

const SOURCE = `
| Metric | Value | Notes |
|---|---|---|
| Daily active users | ~2 B | WhatsApp scale |
| Messages/day | ~100 B | ~50 per DAU |
| Peak send/s | ~5 M | 10× daily mean |
| Concurrent connections | ~1 B | online users |
| Connections per gateway | ~500 K | tuned Linux box |
| Gateway count | ~2 K | 1 B / 500 K |
| Storage growth | ~50 TB/day | 200 B/msg compressed |
`;

function check(text: string) {
  return checkFigures(rowsOfText(text, 'sheet.md').figures);
}

test('the source document has two contradictions, and the number that is likely wrong in each is the row that its note does not give', () => {
  const { findings } = check(SOURCE);
  expect(findings.map((one) => one.diagnosis!.suspect.claim.figure.label)).toEqual(['Peak send/s', 'Storage growth']);
  expect(findings[0]!.diagnosis!.suspect.needed).toBeCloseTo((100e9 / 86_400) * 10, -2);
  expect(findings[1]!.diagnosis!.suspect.needed * 86_400).toBeCloseTo(20e12, -6);
});

test('its other rows agree', () => {
  const { rows } = check(SOURCE);
  expect(rows.filter((row) => row.verdict === 'agrees').length).toBe(5);
});

test('a rounded figure is no contradiction', () => {
  const sheet = (mean: string) => `| Messages/day | 1 B |\n| Mean messages/s | ${mean} |`;
  expect(check(sheet('~12 K')).findings).toEqual([]);
  expect(check(sheet('11.6 K')).findings).toEqual([]);
  expect(check(sheet('~120 K')).findings.length).toBe(1);
});

test('a row that was computed from the wrong one follows from it and is not counted again', () => {
  const { findings, rows } = check(`
| DAU | 100 M |
| Messages per user per day | 40 |
| Messages per day | 4 B |
| Bytes per message | 250 B |
| Storage per day | 10 TB/day |
| Retention | 30 days |
| Total storage | 300 TB |
`);
  expect(findings.length).toBe(1);
  expect(findings[0]!.diagnosis!.suspect.claim.figure.label).toBe('Storage per day');
  expect(findings[0]!.diagnosis!.suspect.factor?.name).toContain('digit');
  expect(rows.find((row) => row.figure.label === 'Total storage')!.verdict).toBe('consequence');
});

test('what nothing derives is listed with the reason', () => {
  const { rows, findings } = check('| DAU | 100 M |\n| Coffee per day | 3 |');
  expect(findings).toEqual([]);
  expect(rows.map((row) => row.verdict)).toEqual(['not checked', 'not checked']);
});

test('a label and a cell that name different times are a finding with their factor', () => {
  const { findings } = check('| Messages per day | 5 M/s |\n| DAU | 2 B |');
  expect(findings[0]!.units?.factor).toBe(86_400);
});

test('rows that were computed from a wrong day of messages follow from it, the mean and the storage of years too', () => {
  const { findings, rows } = check(`
| Metric | Value | Notes |
|---|---|---|
| Daily active users | ~800 M | |
| Messages/day | ~320 B | ~40 per DAU |
| Mean send/s | ~3.7 M | |
| Peak send/s | ~11 M | 3× daily mean |
| Storage growth | ~96 TB/day | 300 B/msg |
| Yearly storage | ~35 PB | |
`);
  expect(findings.map((one) => one.diagnosis!.suspect.claim.figure.label)).toEqual(['Messages/day']);
  expect(rows.filter((row) => row.verdict === 'consequence').map((row) => row.figure.label)).toEqual([
    'Mean send/s',
    'Peak send/s',
    'Storage growth',
    'Yearly storage',
  ]);
});

test('the factor is named: seconds of a minute, bits, replicas, powers of two', () => {
  const factorOf = (rows: string) => check(`| Metric | Value |\n|---|---|\n${rows}`).findings[0]!.diagnosis!.suspect.factor!.name;
  expect(factorOf('| Connections | 120 M |\n| Heartbeat period | 30 s |\n| Heartbeats per second | 240 M |')).toContain('60');
  expect(factorOf('| Peak deliveries/s | 4.2 M |\n| Bytes per message | 250 B |\n| Peak egress | 8.4 GB/s |')).toContain('8 bits');
  expect(factorOf('| Messages/day | 4.2 B |\n| Bytes per message | 250 B |\n| Storage per day | 3.15 TB |')).toContain('replicas');
});
