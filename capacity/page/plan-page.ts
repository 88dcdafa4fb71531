/**
 * A plan as one HTML file that needs nothing else: where the money or the processors go, how near each cluster is to what it
 * bears, which inputs matter most, what was predicted of recorded runs beside what they measured, and every row with its interval
 * and reason. Concludes nothing of its own; the same plan and the same runs give the same bytes.
 */
import { amount, withUnit } from '../model/amount.ts';
import { clusterLoads } from '../model/cells.ts';
import type { CoefficientNumbers } from '../model/coefficients.ts';
import type { ComponentPlan } from '../model/component.ts';
import { middleOf } from '../model/draws.ts';
import type { Plan, PlannedRow } from '../model/plan.ts';
import { headline } from '../model/plan-text.ts';
import { BOUNDS, type PredictedTable } from '../predicted.ts';
import { percentText, text } from '../quantity-text.ts';
import { pageOf } from './document.ts';
import { drawn } from './drawing.ts';
import { intervalChart } from './interval-chart.ts';
import { html, type Markup, notes, table } from './markup.ts';
import { spanChart } from './span-chart.ts';

/** Inputs that the drawing and its table show. */
const SHOWN_INPUTS = 8;

/** `predicted`: of recorded runs, as `parley predicted` has it. */
export async function planPage(plan: Plan, predicted?: PredictedTable): Promise<string> {
  const sections = [
    await sharesSection(plan),
    await limitsSection(plan),
    await sensitivitySection(plan),
    predicted === undefined ? undefined : await predictedSection(predicted),
    rowsSection(plan),
  ];
  return pageOf({
    title: `Plan of a fleet: ${plan.cells} cells`,
    heading: 'Plan of a fleet',
    line: headline(plan),
    sections,
    footer: `Made by parley plan from schema ${plan.schema}. Intervals are the 5th to the 95th percentile of ${plan.draws} draws.`,
  });
}

/** Money where the plan has prices, processors where it has none. */
async function sharesSection(plan: Plan): Promise<Markup> {
  const costs = plan.rows.filter((row) => row.unit === 'USD/month' && row.id.startsWith('cost.') && row.id !== 'cost.usdPerMonth');
  const priced = costs.length > 0;
  const bars = priced
    ? costs.map(({ name, value }) => ({ name, to: value }))
    : plan.components
        .filter((part) => part.component !== 'loadgen')
        .map(({ component, machines }) => ({ name: component, to: plan.cells * machines.count * machines.cores }));
  const largest = bars.filter((bar) => bar.to > 0).toSorted((left, right) => right.to - left.to);
  const sum = largest.reduce((whole, bar) => whole + bar.to, 0);
  const title = priced ? 'Where the money goes' : 'Where the processors go';
  const unit = priced ? 'USD a month' : 'cores of the fleet';
  return html`<section aria-labelledby="shares"><h2 id="shares">${title}</h2>
${priced ? undefined : html`<p>This plan was made without prices, so it shows processors.</p>`}
${await drawn(
  spanChart({
    name: 'shares',
    description: `${title}, ${unit}: ${largest.map((bar) => `${bar.name} ${amount(bar.to)}`).join(', ')}.`,
    bars: largest.map((bar) => ({ name: bar.name, spans: [{ from: 0, to: bar.to, colour: 'blue' }] })),
    legend: [{ name: unit, colour: 'blue' }],
    shown: amount,
  }),
)}
${table(
  unit,
  [{ title: 'part' }, { title: unit, numeric: true }, { title: 'share', numeric: true }],
  largest.map((bar) => [bar.name, amount(bar.to), percentText(bar.to / sum)]),
)}
</section>`;
}

/** The clusters of one cell beside what such a cluster is known to bear, and what sets each part's size. */
async function limitsSection(plan: Plan): Promise<Markup> {
  const parts: ComponentPlan[] = plan.components.map((part) => ({
    ...part,
    rows: plan.rows.filter((row) => row.id.startsWith(`${part.component}.`)),
  }));
  const loads = clusterLoads(parts, middleOf(plan.coefficients) as CoefficientNumbers).map((load) => ({
    ...load,
    share: load.value / load.most,
  }));
  return html`<section aria-labelledby="limits"><h2 id="limits">Headroom by limit</h2>
<p>How much of what each cluster of a cell is known to bear is used. The fullest one keeps a cell from being larger.</p>
${await drawn(
  spanChart({
    name: 'limits',
    description: `Share of each limit that a cell uses: ${loads.map((load) => `${load.what} ${percentText(load.share)}`).join(', ')}.`,
    bars: loads.map((load) => ({
      name: load.what,
      spans: [{ from: 0, to: load.share, colour: load.share > 1 ? 'red' : load.share > 0.8 ? 'ochre' : 'teal' }],
    })),
    legend: [
      { name: 'used', colour: 'teal' },
      { name: 'above 80 %', colour: 'ochre' },
      { name: 'beyond the limit', colour: 'red' },
    ],
    most: Math.max(1, ...loads.map((load) => load.share)),
    shown: (share) => `${Math.round(share * 100)} %`,
  }),
)}
${table(
  'Clusters of one cell',
  [{ title: 'limit' }, { title: 'used', numeric: true }, { title: 'at most', numeric: true }, { title: 'share', numeric: true }],
  loads.map((load) => [load.what, amount(load.value), amount(load.most), percentText(load.share)]),
)}
${table(
  'What sets the size of each part',
  [{ title: 'part' }, { title: 'machines a cell', numeric: true }, { title: 'cores each', numeric: true }, { title: 'set by' }],
  plan.components.map(({ component, machines, binding }) => [component, text(machines.count), amount(machines.cores), binding]),
)}
</section>`;
}

async function sensitivitySection(plan: Plan): Promise<Markup | undefined> {
  const inputs = plan.sensitivity.slice(0, SHOWN_INPUTS);
  if (inputs.length === 0) return undefined;
  const unit = plan.sensitivityUnit === 'cores' ? 'cores of the fleet' : 'USD a month';
  const change = (value: number | null) =>
    value === null || Number.isNaN(value) ? 'can’t be built' : `${value > 0 ? '+' : ''}${amount(value)}`;
  const drawnTo = (value: number | null) => (value === null || Number.isNaN(value) ? 0 : value);
  return html`<section aria-labelledby="sensitivity"><h2 id="sensitivity">Which inputs matter most</h2>
<p>Change in ${unit} when one input goes from its middle to its low or its high, all others at their middle.</p>
${await drawn(
  spanChart({
    name: 'sensitivity',
    description: `Change in ${unit}: ${inputs.map((one) => `${one.input} ${change(one.lowUsdPerMonth)} at its low, ${change(one.highUsdPerMonth)} at its high`).join('; ')}.`,
    bars: inputs.map((one) => ({
      name: one.input,
      spans: [
        { from: 0, to: drawnTo(one.lowUsdPerMonth), colour: 'teal' },
        { from: 0, to: drawnTo(one.highUsdPerMonth), colour: 'orange' },
      ],
    })),
    legend: [
      { name: 'at its low', colour: 'teal' },
      { name: 'at its high', colour: 'orange' },
    ],
    shown: amount,
  }),
)}
${table(
  `Change in ${unit}`,
  [
    { title: 'input' },
    { title: 'low', numeric: true },
    { title: 'change', numeric: true },
    { title: 'high', numeric: true },
    { title: 'change', numeric: true },
  ],
  inputs.map((one) => {
    const quantity = plan.workload[one.input] ?? plan.coefficients[one.input];
    const ends = quantity === undefined ? ['', ''] : [withUnit(quantity.low, quantity.unit), withUnit(quantity.high, quantity.unit)];
    return [one.input, ends[0], change(one.lowUsdPerMonth), ends[1], change(one.highUsdPerMonth)];
  }),
)}
</section>`;
}

/** The model on runs that it was not fitted on. */
async function predictedSection({ rows, notCompared }: PredictedTable): Promise<Markup> {
  const signed = (share: number) => `${share > 0 ? '+' : share < 0 ? '−' : ''}${percentText(Math.abs(share))}`;
  const missed = rows.filter((row) => !row.within).length;
  const summary =
    rows.length === 0
      ? 'No run is recorded that it could be held against.'
      : `${rows.length} figures of runs that nothing was fitted on: ${rows.length - missed} within what is allowed, ${missed} missed. Bars are what the measurements leave open: the spread of a run’s windows, the ticks of processor time, the error of a fitted line, the rates between held and broken.`;
  const drawing =
    rows.length === 0
      ? undefined
      : await drawn(
          intervalChart(
            'predicted',
            `Measured as a difference from predicted: ${rows.map((row) => `${row.what} ${signed(row.errorShare)}, ${percentText(BOUNDS[row.kind])} allowed`).join('; ')}.`,
            rows.map(({ what, kind, bars, within }) => ({ name: what, allowed: BOUNDS[kind], ...bars, within })),
          ),
        );
  const shown =
    rows.length === 0
      ? undefined
      : table(
          'Runs and the prediction of each',
          [
            { title: 'what, and the run' },
            { title: 'predicted', numeric: true },
            { title: 'measured', numeric: true },
            { title: 'off by, of allowed', numeric: true },
            { title: '' },
          ],
          rows.map((row) => [
            html`${row.what} <span class="from">${row.held}</span>`,
            row.predicted,
            row.measured,
            `${signed(row.errorShare)} of ${percentText(BOUNDS[row.kind])}`,
            row.within ? html`<span class="good">within</span>` : html`<span class="bad">missed</span>`,
          ]),
        );
  return html`<section aria-labelledby="predicted"><h2 id="predicted">Predicted beside measured</h2>
<p>${summary}</p>
${drawing}
${shown}
${notes(notCompared.map(({ kind, held, because }) => `not compared: ${kind} of ${held}: ${because}`))}
</section>`;
}

function rowsSection(plan: Plan): Markup {
  const groups = Map.groupBy(plan.rows, (row) => row.id.split('.')[0]!);
  const interval = (row: PlannedRow) => (row.low === row.high ? '' : `${amount(row.low)} to ${amount(row.high)}`);
  return html`<section aria-labelledby="rows"><h2 id="rows">Every row</h2>
${[...groups].map(([group, rows]) =>
  table(
    group,
    [{ title: 'row' }, { title: 'value', numeric: true }, { title: '5 % to 95 %', numeric: true }, { title: 'why' }],
    rows.map((row) => [row.name, withUnit(row.value, row.unit), interval(row), row.reason]),
  ),
)}
</section>`;
}
