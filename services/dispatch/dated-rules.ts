/**
 * The conversation rules of a cell of real systems: a list with the log time from which each counts. By the log's time and
 * from the one file that every dispatcher of the cell reads, so that all owners of a partition decide alike. A new rule is
 * added with a time to come, by when each dispatcher was started again; one that stands is never changed.
 */
import { BackendError } from '../runtime/backend-error.ts';
import type { PartitionRules } from './decider.ts';
import type { SequenceRules } from './sequence.ts';

export interface DatedRules extends SequenceRules {
  /** Log time of the first record under these rules. */
  readonly fromMs: number;
}

export const DEFAULT_RULES: readonly DatedRules[] = [{ fromMs: 0, messagesPerSecond: 1_000, burst: 1_000 }];

export function rulesByTime(rules: readonly DatedRules[]): (loggedAtMs: number) => PartitionRules {
  for (const [index, rule] of rules.entries()) {
    const fits = index === 0 ? rule.fromMs === 0 : rule.fromMs > rules[index - 1]!.fromMs;
    if (!fits || !(rule.messagesPerSecond > 0) || !(rule.burst >= 1)) {
      throw new BackendError(
        'badSettings',
        `rules[${index}]: the first counts from 0, each later one from a later time; rates are positive`,
        false,
      );
    }
  }
  if (rules.length === 0) throw new BackendError('badSettings', 'rules: at least one', false);
  const dated = rules.map(({ fromMs, messagesPerSecond, burst }) => ({
    fromMs,
    // The store has no limit of its own: what a cell takes is its operators' business.
    rules: { messagesPerSecond, burst, maxConversations: Number.POSITIVE_INFINITY },
  }));
  return (loggedAtMs) => {
    for (let index = dated.length - 1; index > 0; index--) if (dated[index]!.fromMs <= loggedAtMs) return dated[index]!.rules;
    return dated[0]!.rules;
  };
}
