/** The table of what was seen to fire, for `runbooks/README.md`. An alert without a row was not seen. Pure. */
import type { Seen, SeenAlert } from './seen.ts';

export function seenTable(alerts: readonly string[], seen: Seen | undefined): string {
  if (seen === undefined) return 'No run yet.';
  const by = new Map(seen.alerts.map((one) => [one.alert, one]));
  const fired = seen.alerts.filter(({ firedSeconds }) => firedSeconds !== undefined);
  const real = fired.filter(({ how }) => how === 'real').length;
  const missing = alerts.filter((alert) => !by.has(alert));
  return [
    `Rows of several runs, the last of ${seen.date}, windows and waits of the rules divided by ${seen.compressed}: ${real} alerts seen for a real fault, ${fired.length - real} for forced series, ${missing.length} not yet.`,
    `Before any fault, ${seen.quietSeconds} s under load: ${seen.quiet.length === 0 ? 'none fired' : `${seen.quiet.join(', ')} fired`}.`,
    '',
    '| alert | how | done | fired after | mitigation carried out | resolved after | fired with it | should not have |',
    '|---|---|---|---:|---|---:|---|---|',
    ...alerts.map((alert) => row(alert, by.get(alert))),
  ].join('\n');
}

function row(alert: string, seen: SeenAlert | undefined): string {
  if (seen === undefined) return `| [${alert}](${alert}.md) | not yet | | | | | | |`;
  const after = (seconds: number | undefined) => (seconds === undefined ? 'did not' : `${seconds.toFixed(0)} s`);
  const fired = `${after(seen.firedSeconds)}${seen.wrongLabels === undefined ? '' : `, ${seen.wrongLabels}`}`;
  return `| [${alert}](${alert}.md) | ${seen.how} | ${seen.fault} | ${fired} | ${seen.mitigation} | ${after(seen.resolvedSeconds)} | ${seen.companions.join(', ')} | ${seen.neighbours.join(', ')} |`;
}
