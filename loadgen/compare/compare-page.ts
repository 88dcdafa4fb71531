/** A comparison as one HTML file that needs nothing else. All figures are on it, what changed first. */
import { pageOf } from '../../capacity/page/document.ts';
import { html, notes, table } from '../../capacity/page/markup.ts';
import type { Comparison } from './compare.ts';
import { CHANGE_WORDS, changeText, headline, hiddenText, METHOD, noteText, shownRows, valueText } from './compare-text.ts';

export function comparisonPage(comparison: Comparison, parleyVersion: string): string {
  const { before, after, conditions, broken, doubts } = comparison;
  const rows = shownRows(comparison, true).map((row) => [
    row.figure.name,
    CHANGE_WORDS[row.change],
    valueText(row.before, row.figure.unit),
    valueText(row.after, row.figure.unit),
    changeText(row),
    noteText(row),
  ]);
  const columns = [
    { title: 'figure' },
    { title: '' },
    { title: 'before', numeric: true },
    { title: 'after', numeric: true },
    { title: 'change', numeric: true },
    { title: '' },
  ];
  const changed = conditions.map(({ what, before: was, after: is }) => [what, was, is]);
  return pageOf({
    title: `${after.name} against ${before.name}`,
    line: headline(comparison),
    sections: [
      html`<section><h2>Figures</h2>${table(hiddenText(comparison), columns, rows)}${notes([METHOD])}</section>`,
      html`<section><h2>Promises</h2>${table(
        'What needs no test',
        [{ title: '' }, { title: 'before', numeric: true }, { title: 'after', numeric: true }],
        broken.map(({ what, before: was, after: is }) => [what, String(was), String(is)]),
      )}</section>`,
      html`<section><h2>What changed besides</h2>${changed.length === 0 ? html`<p>Versions, host and settings are the same.</p>` : table('Versions, host and settings', [{ title: '' }, { title: 'before' }, { title: 'after' }], changed)}</section>`,
      doubts.length === 0 ? undefined : html`<section><h2>Doubts</h2>${notes(doubts)}</section>`,
      html`<section><h2>Runs</h2>${notes([`before: ${before.records.map(({ id }) => id).join(', ')}`, `after: ${after.records.map(({ id }) => id).join(', ')}`])}</section>`,
    ],
    footer: `Made by parley ${parleyVersion} from the records of these runs.`,
  });
}
