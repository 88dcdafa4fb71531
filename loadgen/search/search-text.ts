/** What a search found, as lines for people. */
import { bytesText, durationText, percentText, text } from '../../capacity/quantity-text.ts';
import type { Spread } from '../bench/spread.ts';
import { type Objective, objectiveText } from './objectives.ts';
import type { SearchResult } from './search-run.ts';

export type Wanted = 'rate' | 'connections';

export function searchLines(wanted: Wanted, objectives: readonly Objective[], { found, limit, cost }: SearchResult): readonly string[] {
  const unit = wanted === 'rate' ? 'sends/s' : 'connections';
  const keeping = ['nothing lost', ...objectives.map(objectiveText)].join(', ');
  const lines = [found.verdict === 'inconclusive' ? `inconclusive: ${found.why}` : `${spreadText(found.held!, text)} ${unit} (${keeping})`];
  if (found.interval !== undefined)
    lines.push(`  held from ${text(found.interval.low)}, broke by ${text(found.interval.high)}, over ${found.held!.repeats} repeats`);
  if (limit !== undefined) lines.push(`  the limit ${limit}`);
  if (cost !== undefined) {
    const each =
      wanted === 'rate'
        ? `${spreadText(cost, durationText)} of the servers’ processors a message`
        : `${spreadText(cost, bytesText)} a connection, server side`;
    lines.push(`  ${each}; spread ${percentText((cost.most - cost.least) / cost.median)} of the median`);
  }
  return lines;
}

function spreadText({ median, least, most, repeats }: Spread, shown: (value: number) => string): string {
  return repeats === 1 ? shown(median) : `${shown(median)} (${shown(least)} to ${shown(most)})`;
}
