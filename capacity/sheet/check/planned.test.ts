import { expect, test } from 'bun:test';
import { readSheet } from '../read/read-sheet.ts';
import { notOfItsInputs, planOfSheet } from './planned.ts';

const SHEET = `
| id | row | value | unit |
|---|---|---|---|
| heartbeatSeconds | time between heartbeats | 60 | s |
| connections | connections at the peak | 2000000000 | connections |
| demand.heartbeatsPerSecond | heartbeats | 33333333 | operations/s |
| demand.connections | connections | 2000000000 | connections |`;

test('a row with an identifier of the model is held against what the model makes of the sheet’s own inputs', () => {
  const wrong = (text: string) => {
    const read = readSheet(new TextEncoder().encode(text.trim()), 'ids.md');
    if ('unreadable' in read) throw new Error(read.unreadable);
    const plan = planOfSheet([], read.figures);
    if ('infeasible' in plan) throw new Error(plan.infeasible);
    return notOfItsInputs(read.figures, plan).map(({ figure, planned }) => [figure.label, Math.round(planned)]);
  };
  expect(wrong(SHEET)).toEqual([]);
  expect(wrong(SHEET.replace('33333333', '66666666'))).toEqual([['heartbeats', 33_333_333]]);
  expect(wrong(SHEET.replace('| 60 |', '| 30 |'))).toEqual([['heartbeats', 66_666_667]]);
});
