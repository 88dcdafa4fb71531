/** The sections that say what came out: verdicts, doubts, connections, latency, and the sums. */
import { OBJECTIVES } from '../../capacity/claims.ts';
import { BOUNDS } from '../../capacity/doubts.ts';
import { processors, steadySamples } from '../../capacity/held.ts';
import { percentileUs } from '../../capacity/histogram.ts';
import type { Verdict } from '../../capacity/judgement.ts';
import { drawn } from '../../capacity/page/drawing.ts';
import { html, type Markup, table } from '../../capacity/page/markup.ts';
import { durationText, percentText, text } from '../../capacity/quantity-text.ts';
import { LATENCY_NAMES, type RunRecord } from '../../capacity/run-record.ts';
import type { Assessment } from './assessment.ts';
import { connectionsChart } from './connections-chart.ts';
import { equationsOf } from './equations.ts';
import { latencyChart } from './latency-chart.ts';

/** What each word means, in words of everyday. */
const MEANING: Readonly<Record<Verdict, string>> = {
  proved: 'It was held in this run.',
  refuted: 'The box broke at or below it.',
  extrapolated: 'Not held here; the model fitted on this run says that it holds.',
  inconclusive: 'This run says nothing either way.',
};

const SIGN: Readonly<Record<Verdict, string>> = { proved: '✓', refuted: '✗', extrapolated: '↗', inconclusive: '?' };

export function verdictSection(assessment: Assessment): Markup {
  const cards = assessment.verdicts.map(
    ({ claim, verdict, reason }) => html`<li class="verdict ${verdict}">
<p class="claim">${text(claim.value)} ${claim.name}</p>
<p class="word"><span class="sign" aria-hidden="true">${SIGN[verdict]}</span> ${verdict}</p>
<p>${MEANING[verdict]} ${sentence(reason)}</p>
<p class="from">${sentence(claim.from)}</p>
</li>`,
  );
  return html`<section aria-labelledby="verdict"><h2 id="verdict">Verdict</h2><ul class="verdicts">${cards}</ul>${problems(assessment)}</section>`;
}

function problems(assessment: Assessment): Markup {
  const said = [
    ...(assessment.record.complete ? [] : [html`<li>It ended before its plan did.</li>`]),
    ...assessment.doubts.map((doubt) => html`<li>${sentence(doubt.text)}</li>`),
    ...assessment.record.problems.map(
      (problem) => html`<li>At ${(problem.tMs / 1_000).toFixed(1)} s, ${problem.whose}: ${problem.text}</li>`,
    ),
  ];
  if (said.length === 0)
    return html`<p>No doubt about this run: its sums close, the load engine was on time, and nobody else held the processors.</p>`;
  return html`<h3>What speaks against this run</h3><ul>${said}</ul>`;
}

export async function connectionsSection(record: RunRecord): Promise<Markup> {
  const { connections } = record;
  const reasons = Object.entries(record.disconnects).toSorted(([, left], [, right]) => right - left);
  return html`<section aria-labelledby="connections"><h2 id="connections">Connections over time</h2>
${await drawn(connectionsChart(record))}
<p>At most ${text(connections.maximumOpen)} were open at once; ${text(connections.dropped)} ended before they were told to, ${text(connections.droppedByGenerator)} by a fault of the load engine.</p>
${
  reasons.length === 0
    ? undefined
    : table(
        'Connections that ended early',
        [{ title: 'reason' }, { title: 'connections', numeric: true }],
        reasons.map(([reason, count]) => [reason, text(count)]),
      )
}
</section>`;
}

export async function latencySection(record: RunRecord): Promise<Markup | undefined> {
  const chart = latencyChart(record);
  if (chart === undefined) return undefined;
  const shares = [0.5, 0.9, 0.99, 0.999] as const;
  const rows = LATENCY_NAMES.flatMap((name) => {
    const histogram = record.latencies.find((one) => one.name === name);
    if (histogram === undefined || histogram.count === 0) return [];
    const cells = shares.map((share) => durationText(percentileUs(histogram, share)!));
    return [[name, ...cells, durationText(histogram.maxUs), text(histogram.count)]];
  });
  const columns = ['latency', 'p50', 'p90', 'p99', 'p99.9', 'longest', 'samples'].map((title, at) => ({ title, numeric: at > 0 }));
  return html`<section aria-labelledby="latency"><h2 id="latency">Latency by percentile</h2>
<p>Accepted and delivered count from the moment a send was due, so that a late load engine makes them worse, never better. Objectives at p99: accepted ${durationText(OBJECTIVES.acceptedP99Us)}, delivered ${durationText(OBJECTIVES.deliveredP99Us)}.</p>
${await drawn(chart)}
${table('Latency', columns, rows)}
</section>`;
}

export function sumsSection(record: RunRecord): Markup {
  const { ledger, heartbeats } = record;
  const equations = equationsOf(record).map(
    ({ name, whole, parts, closes }) => html`<tr><th scope="row">${name}</th>
<td>${text(whole.count)} ${whole.name} = ${parts.map((part, at) => `${at === 0 ? '' : ' + '}${text(part.count)} ${part.name}`)}</td>
<td class="${closes ? 'good' : 'bad'}">${closes ? 'closes' : 'does not close'}</td></tr>
`,
  );
  const received = heartbeats.received === undefined ? 'the box was not asked' : `${text(heartbeats.received)} counted by the box`;
  const answered = heartbeats.answered === undefined ? '' : `, ${text(heartbeats.answered)} answered`;
  return html`<section aria-labelledby="sums"><h2 id="sums">Every message and heartbeat accounted for</h2>
<div class="scroll"><table><caption>The sums must close</caption><thead><tr><th scope="col">of</th><th scope="col">equation</th><th scope="col">sum</th></tr></thead><tbody>${equations}</tbody></table></div>
<p>Handed over twice: ${text(ledger.duplicated)}. Out of order: ${text(ledger.outOfOrder)}. Frames at or below the cursor that clients dropped, no fault: ${text(ledger.redelivered)}. Deliveries outside the sums: ${text(ledger.unexpected)}. Latency samples beyond the clocks’ error: ${text(ledger.invalidLatency)}.</p>
<p>Heartbeats: ${text(heartbeats.sent)} sent, ${received}${answered}.</p>
</section>`;
}

export function generatorSection(record: RunRecord): Markup {
  const { generator } = record;
  const { busyShare, othersShare, generatorShare } = processors(record, steadySamples(record));
  const rows = [
    ['workers that reported', `${generator.workersReported} of ${generator.workersExpected}`, 'all'],
    ['lateness of sends, p50', durationText(generator.latenessP50Us), '–'],
    ['lateness of sends, p99', durationText(generator.latenessP99Us), durationText(BOUNDS.latenessP99Us)],
    ['lateness of sends, p99.9', durationText(generator.latenessP999Us), '–'],
    ['busiest worker, of a core', percentText(generator.workerCpuShareMax), percentText(BOUNDS.workerCpuShare)],
    ['error between clocks', durationText(generator.clockErrorUs), durationText(BOUNDS.clockErrorUs)],
    ['the machine’s processors busy', percentText(busyShare), '–'],
    ['of them with the load engine', percentText(generatorShare), '–'],
    ['of them with others', percentText(othersShare), percentText(BOUNDS.othersShare)],
  ];
  return html`<section aria-labelledby="generator"><h2 id="generator">Was the load engine the limit?</h2>
${table('The load engine and the machine while connections were held', [{ title: 'what' }, { title: 'was', numeric: true }, { title: 'at most', numeric: true }], rows)}
</section>`;
}

/** First letter large, a full stop at the end. */
function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${words.endsWith('.') ? '' : '.'}`;
}
