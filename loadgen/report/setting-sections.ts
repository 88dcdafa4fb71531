/** The sections that say under what conditions it was measured, and how to do it again. */
import { NO_LIMIT } from '../../capacity/host-limit.ts';
import { html, type Markup, table } from '../../capacity/page/markup.ts';
import { bytesText, percentText, text } from '../../capacity/quantity-text.ts';
import type { RunRecord } from '../../capacity/run-record.ts';
import type { Assessment } from './assessment.ts';

export function settingsSection(record: RunRecord): Markup {
  const { settings, host } = record;
  const rows: [string, string][] = [
    ['connections', text(settings.connections)],
    ['opened per second', text(settings.connectionsPerSecond)],
    ['sends per second', text(settings.sendsPerSecond)],
    ['heartbeat', `${settings.heartbeatSeconds} s, ${settings.answerHeartbeats ? 'answered' : 'not answered'}`],
    ['held for', `${settings.holdSeconds} s, of them ${settings.chatSeconds} s with sends`],
    ['quiet time after the last send', `${settings.quietSeconds} s`],
    ['TLS', settings.tls ? 'yes' : 'no'],
    ['token', settings.tokenAlgorithm],
    ['edges', text(settings.edges)],
    ['workers', `${text(settings.workers)}${settings.bothEnds ? ', on the same machine' : ', on other machines'}`],
    ['addresses connected to', text(settings.destinationAddresses)],
    ['conversations', settings.groupMix.map((group) => `${percentText(group.share)} of ${group.members}`).join(', ')],
    ['mean body', `${text(settings.bodyBytes)} B`],
    ['seed', String(record.seed)],
    ['kernel', host.kernel],
    ['processor', `${host.cpuModel}, ${host.cores} cores`],
    ['memory', bytesText(host.memoryBytes)],
    [
      'versions',
      `parley ${host.versions.parley}, Bun ${host.versions.bun}${host.versions.sources === undefined ? '' : `, sources ${host.versions.sources}`}`,
    ],
    ['the box’s', host.versions.box ?? 'not said'],
  ];
  return html`<section aria-labelledby="settings"><h2 id="settings">Machine and settings</h2>
${table('As it was run', [{ title: 'what' }, { title: 'value' }], rows)}
</section>`;
}

export function limitsSection({ limits, record }: Assessment): Markup | undefined {
  if (limits.length === 0) return undefined;
  const rows = limits.map(({ limit, value, connections }) => [
    limit.setting,
    limit.scope,
    value === NO_LIMIT ? 'no limit' : text(value),
    Number.isFinite(connections) ? text(connections) : '–',
    limit.effect === 'stops' ? 'no more connections' : limit.symptom,
  ]);
  return html`<section aria-labelledby="limits"><h2 id="limits">Which limit of the machine binds first</h2>
<details><summary>${text(limits.length)} limits in the order in which they bind, for ${text(record.settings.edges)} edges</summary>
${table('Host limits', [{ title: 'limit' }, { title: 'of' }, { title: 'value', numeric: true }, { title: 'binds at', numeric: true }, { title: 'what is seen then' }], rows)}
</details></section>`;
}

export function reproduceSection(record: RunRecord): Markup {
  return html`<section aria-labelledby="again"><h2 id="again">Run it again</h2>
<pre><code>npx parley ${record.command.join(' ')}</code></pre>
<p>The seed ${record.seed} gives the same conversations, bodies and moments of sending. The record of this run is <code>record.json</code> beside this page; <code>npx parley report runs/${record.id}</code> makes the page anew.</p>
</section>`;
}
