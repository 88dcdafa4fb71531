/** What a connection costs in memory: the fitted line, the bill, and what a smaller run had said of it. */
import type { BillItem, Estimate, MemoryBill } from '../../capacity/memory-bill.ts';
import type { Side } from '../../capacity/memory-series.ts';
import { drawn } from '../../capacity/page/drawing.ts';
import { html, type Markup, notes, table } from '../../capacity/page/markup.ts';
import type { Colour } from '../../capacity/page/palette.ts';
import { type Stack, stackChart } from '../../capacity/page/stack-chart.ts';
import { bytesText, bytesWithErrorText, percentText, text } from '../../capacity/quantity-text.ts';
import type { Assessment } from './assessment.ts';
import { memoryChart } from './memory-chart.ts';

/** A line is drawn on to the claim when that is not farther than so many times the largest size. */
const FARTHEST_DRAWN = 12;
/** Parts below that share of the largest bar are drawn as one. */
const SMALL_PART_SHARE = 0.015;
/** And below that share together they are not seen at all. */
const VISIBLE_SHARE = 0.005;

const ITEM_COLOURS: Readonly<Record<string, Colour>> = {
  'kernel sockets (slab)': 'slate',
  'kernel slab': 'slate',
  edges: 'blue',
  'TLS in edges': 'purple',
  relay: 'orange',
  'embedded backends': 'teal',
  workers: 'ochre',
  'TLS in workers': 'purple',
};
export async function memorySection(assessment: Assessment): Promise<Markup> {
  const { memory: bill, record } = assessment;
  if ('unfit' in bill) {
    return html`<section aria-labelledby="memory"><h2 id="memory">Memory of a connection</h2><p>Not known from this run: ${bill.unfit}.</p></section>`;
  }
  const largest = Math.max(...bill.sizes);
  const claimed = assessment.claims.find((claim) => claim.id === 'connectionsPerBox')?.value ?? largest;
  const upTo = claimed > largest && claimed <= largest * FARTHEST_DRAWN ? claimed : largest;
  const chart = memoryChart(record, bill, upTo);
  return html`<section aria-labelledby="memory"><h2 id="memory">Memory of a connection</h2>
<p class="lead">${bytesWithErrorText(bill.server.mid, bill.server.error)} on the box${bill.client === undefined ? '' : html`, ${bytesWithErrorText(bill.whole.mid, bill.whole.error)} for both ends`}: the slope over ${bill.sizes.length} sizes from ${text(Math.min(...bill.sizes))} to ${text(largest)} connections, ± its standard error. MemAvailable fell by ${bytesWithErrorText(bill.available.mid, bill.available.error)} a connection.</p>
${chart === undefined ? undefined : await drawn(chart)}
<p class="quiet">Points are checkpoints, lines are fitted without the one at no connections, and the tint is where 95 of 100 further checkpoints would fall.</p>
<h3>The bill</h3>
${await drawn(stackChart(billStack(bill)))}
${billTable(bill)}
${table(
  'Base of a process that holds nothing',
  [{ title: 'role' }, { title: 'processes', numeric: true }, { title: 'each', numeric: true }, { title: 'how' }],
  bill.base.map((base) => [base.role, text(base.processes), bytesText(base.bytesPerProcess), base.from]),
)}
${slabDetails(bill)}
${notes(bill.notes)}
${prediction(assessment)}
</section>`;
}

function billTable(bill: MemoryBill): Markup {
  const sides = sidesOf(bill);
  const names = [...new Set(bill.items.map((item) => item.name))];
  const cells = (of: (side: Side) => Estimate | undefined) =>
    sides.flatMap((side) => {
      const bytes = of(side);
      return bytes === undefined ? ['–', ''] : [text(bytes.mid), `± ${text(bytes.error)}`];
    });
  const strong = (cell: string) => html`<strong>${cell}</strong>`;
  const rows = names.map((name) => [name, ...cells((side) => itemOf(bill, name, side)?.bytesPerConnection)]);
  const sums = ['sum', ...cells((side) => (side === 'server' ? bill.server : bill.client))].map(strong);
  const columns = [
    { title: 'item' },
    ...sides.flatMap((side) => [
      { title: endName(side), numeric: true },
      { title: '', numeric: true },
    ]),
  ];
  return table('Bytes a connection, ± standard error', columns, [...rows, sums]);
}

function itemOf(bill: MemoryBill, name: string, side: Side): BillItem | undefined {
  return bill.items.find((item) => item.name === name && item.side === side);
}

function sidesOf(bill: MemoryBill): readonly Side[] {
  return bill.client === undefined ? ['server'] : ['server', 'client'];
}

function billStack(bill: MemoryBill): Stack {
  const sides = sidesOf(bill);
  const largest = Math.max(bill.server.mid, bill.client?.mid ?? 0);
  const bytesOf = (name: string, side: Side) => itemOf(bill, name, side)?.bytesPerConnection.mid ?? 0;
  const names = [...new Set(bill.items.map((item) => item.name))];
  const shown = names.filter((name) => sides.some((side) => bytesOf(name, side) > largest * SMALL_PART_SHARE));
  const small = names.filter((name) => !shown.includes(name));
  const parts = shown.map((name) => ({
    name,
    colour: ITEM_COLOURS[name] ?? ('red' as const),
    values: sides.map((side) => bytesOf(name, side)),
  }));
  const rest = sides.map((side) => small.reduce((sum, name) => sum + Math.max(0, bytesOf(name, side)), 0));
  return {
    name: 'bill',
    description: `Bytes a connection by item. ${sides.map((side) => `${endName(side)}: ${shown.map((name) => `${name} ${text(bytesOf(name, side))}`).join(', ')}`).join('; ')}.`,
    bars: sides.map(endName),
    parts: rest.some((value) => value > largest * VISIBLE_SHARE) ? [...parts, { name: 'the rest', colour: 'green', values: rest }] : parts,
    shown: (value) => bytesText(value),
  };
}

function slabDetails(bill: MemoryBill): Markup | undefined {
  if (bill.slabCaches.length === 0) return undefined;
  const rows = bill.slabCaches.map(({ name, bytesPerConnection: { mid, error } }) => [name, text(mid), text(error)]);
  const ends = bill.client === undefined ? 'the box’s end' : 'both ends';
  return html`<details><summary>Kernel slab by cache</summary>${table(`Slab bytes a connection, ${ends}`, [{ title: 'cache' }, { title: 'bytes', numeric: true }, { title: '±', numeric: true }], rows)}</details>`;
}

function prediction({ predicted }: Assessment): Markup | undefined {
  if (predicted === undefined) return undefined;
  const { check, by } = predicted;
  if ('unfit' in check) return html`<h3>Predicted beside measured</h3><p>No comparison: ${check.unfit}.</p>`;
  const rows = [
    [
      'sum of the items',
      `${bytesText(check.predictedBytes.mid)} (${bytesText(check.predictedBytes.low)} to ${bytesText(check.predictedBytes.high)})`,
      bytesText(check.measuredBytes),
      signedPercent(check.errorShare),
    ],
    ...(check.available === undefined
      ? []
      : [
          [
            'fall of MemAvailable',
            bytesText(check.available.predictedBytes),
            bytesText(check.available.measuredBytes),
            signedPercent(check.available.errorShare),
          ],
        ]),
  ];
  return html`<h3>Predicted beside measured</h3>
<p>What the run ${by} said of ${text(check.connections)} connections, before they were held.</p>
${table('Memory', [{ title: 'by' }, { title: 'predicted', numeric: true }, { title: 'measured', numeric: true }, { title: 'off by', numeric: true }], rows)}`;
}

function endName(side: Side): string {
  return side === 'server' ? 'the box' : 'the client';
}

function signedPercent(share: number): string {
  return `${share < 0 ? '−' : '+'}${percentText(Math.abs(share))}`;
}
