/** Causes on the path of a message: what stands still, what is set aside, what was lost. */
import { type AlertRule, FIVE_MINUTES, HALF_HOUR, HOUR, MINUTE, one } from './alert-rule.ts';

const file = 'dashboards/alerts/rules-path.ts';
const PROCESS = '{pod="dispatch-0"}';
const POD = { pod: 'dispatch-0' };
const SECONDS_A_DAY = 86_400;

/** One is too many: a count that stays at zero for as long as all is well. */
function never(alert: AlertRule['alert'], severity: AlertRule['severity'], metric: string, description: string): AlertRule {
  return {
    alert,
    severity,
    file,
    expr: `sum(increase(${metric}[$past])) > 0`,
    values: { past: HOUR },
    description,
    test: (value) => {
      const series = (count: number) => ({ [`${metric}${PROCESS}`]: { rate: count / value('past') } });
      return { fires: series(1.5), below: series(0) };
    },
  };
}

export const PATH_RULES: readonly AlertRule[] = [
  {
    alert: 'BusLagNearsRetention',
    severity: 'page',
    file,
    expr: 'sum(parley_dispatch_lag_records) / sum(rate(parley_dispatch_records_total[$past])) > $most',
    values: {
      past: FIVE_MINUTES,
      most: {
        rows: ['coefficients.kafkaMessagesRetentionDays'],
        times: 0.1 * SECONDS_A_DAY,
        unit: 's',
        why: 'a tenth of the days that the bus keeps messages, in seconds: what is behind so far takes days to come back',
      },
    },
    lasts: FIVE_MINUTES,
    description: 'dispatch is {{ $value | humanizeDuration }} behind at its present rate; Inf is no progress at all.',
    test: (value) => {
      const series = (seconds: number) => ({
        [`parley_dispatch_lag_records${PROCESS}`]: { at: seconds * 100 },
        [`parley_dispatch_records_total${PROCESS}`]: { rate: 100 },
      });
      return { fires: series(value('most') * 1.01), below: series(value('most') * 0.99) };
    },
  },
  {
    alert: 'DispatchStalled',
    severity: 'page',
    file,
    expr: `sum by (pod, instance) (parley_dispatch_lag_records) > 0
      and sum by (pod, instance) (rate(parley_dispatch_records_total[$past])) == 0`,
    values: { past: FIVE_MINUTES },
    lasts: MINUTE,
    description: '{{ $labels.pod }} holds partitions with {{ $value }} records that it does not decide.',
    test: () => {
      const series = (rate: number) => ({
        [`parley_dispatch_lag_records${PROCESS}`]: { at: 1 },
        [`parley_dispatch_records_total${PROCESS}`]: { rate },
      });
      return { fires: series(0), below: series(0.1), labels: POD };
    },
  },
  {
    alert: 'PartitionsUnowned',
    severity: 'page',
    file,
    expr: 'sum(parley_dispatch_partitions) < $planned',
    values: { planned: one('partitions', 'kafka.messagePartitionsPerCell') },
    lasts: MINUTE,
    description: 'only {{ $value }} partitions of messages have an owner.',
    test: (value) => {
      const series = (held: number) => ({ [`parley_dispatch_partitions${PROCESS}`]: { at: held } });
      return { fires: series(value('planned') - 1), below: series(value('planned')) };
    },
  },
  {
    alert: 'BusClientStuck',
    severity: 'page',
    file,
    expr: 'parley_kafka_stuck > 0',
    values: {},
    lasts: MINUTE,
    description: '{{ $value }} bus clients of {{ $labels.pod }} get no records though there are some, after joining anew.',
    test: () => {
      const series = (stuck: number) => ({ [`parley_kafka_stuck${PROCESS}`]: { at: stuck } });
      return { fires: series(1), below: series(0), labels: POD };
    },
  },
  {
    alert: 'BusBacklog',
    severity: 'page',
    file,
    expr: 'parley_relay_pending_bytes > $most',
    values: {
      most: {
        rows: ['setting.relayPendingBytes'],
        times: 0.5,
        unit: 'bytes',
        why: 'half of the bound: a bus that is well leaves a relay milliseconds of sends',
      },
    },
    lasts: MINUTE,
    description: '{{ $value | humanize1024 }}B of records wait at {{ $labels.pod }}; at the bound sends are refused as busy.',
    test: (value) => {
      const series = (bytes: number) => ({ 'parley_relay_pending_bytes{pod="relay-0"}': { at: bytes } });
      return { fires: series(value('most') * 1.01), below: series(value('most') * 0.99), labels: { pod: 'relay-0' } };
    },
  },
  {
    alert: 'DeadLetters',
    severity: 'ticket',
    file,
    expr: `sum by (job) (increase(parley_dispatch_poison_total[$past])) > 0
      or sum by (job) (increase(parley_relay_poison_total[$past])) > 0`,
    values: { past: HOUR },
    description: 'about {{ $value | humanize }} records could not be read within an hour ({{ $labels.job }}).',
    test: (value) => {
      const series = (count: number) => ({
        'parley_dispatch_poison_total{job="services"}': { rate: 0 },
        'parley_relay_poison_total{job="gateway"}': { rate: count / value('past') },
      });
      return { fires: series(1.5), below: series(0), labels: { job: 'gateway' } };
    },
  },
  never(
    'MessagesGone',
    'page',
    'parley_dispatch_gap_records_total',
    'about {{ $value | humanize }} records were no longer in the log when they were due.',
  ),
  never(
    'StoreForgot',
    'page',
    'parley_dispatch_store_forgot_total',
    'of about {{ $value | humanize }} partitions the store had forgotten what it acknowledged.',
  ),
  never(
    'IdsForgottenEarly',
    'ticket',
    'parley_dispatch_ids_forgotten_early_total',
    'about {{ $value | humanize }} ids were forgotten before their time within an hour.',
  ),
  never(
    'DeliveriesUnroutable',
    'page',
    'parley_dispatch_unroutable_total',
    'about {{ $value | humanize }} deliveries within an hour were for a gateway without a partition.',
  ),
  {
    alert: 'HotPartition',
    severity: 'ticket',
    file,
    expr: 'sum by (pod, instance) (rate(parley_dispatch_records_total[$past])) > $most',
    values: {
      past: HALF_HOUR,
      most: {
        rows: [],
        dividedBy: ['dispatch.usPerMessage'],
        times: 0.8 * 1e6,
        unit: 'records/s',
        why: 'four fifths of the second that a process has, over its processor time of a message',
      },
    },
    lasts: FIVE_MINUTES,
    description: '{{ $labels.pod }} decides {{ $value | humanize }} records/s, near what one process can.',
    test: (value) => {
      const series = (rate: number) => ({ [`parley_dispatch_records_total${PROCESS}`]: { rate } });
      return { fires: series(value('most') * 1.01), below: series(value('most') * 0.99), labels: POD };
    },
  },
  {
    alert: 'RepeatedSends',
    severity: 'ticket',
    file,
    expr: 'sum(rate(parley_dispatch_repeated_total[$past])) / sum(rate(parley_dispatch_records_total[$past])) > $most',
    values: { past: HALF_HOUR, most: one('of the records', 'objective.accepted.budget') },
    lasts: FIVE_MINUTES,
    description: '{{ $value | humanizePercentage }} of the records are repetitions of sends that were taken before.',
    test: (value) => {
      const series = (share: number) => ({
        [`parley_dispatch_repeated_total${PROCESS}`]: { rate: share * 1_000 },
        [`parley_dispatch_records_total${PROCESS}`]: { rate: 1_000 },
      });
      return { fires: series(value('most') * 1.01), below: series(value('most') * 0.99) };
    },
  },
  {
    alert: 'PushFallsBehind',
    severity: 'ticket',
    file,
    expr: `sum by (pod, instance) (parley_dispatch_push_waiting) > $half
      or sum by (pod, instance) (increase(parley_dispatch_push_dropped_total[$past])) > 0`,
    values: {
      past: HALF_HOUR,
      half: { rows: ['bound.pushWaiting'], times: 0.5, unit: 'notices', why: 'half of the bound, at which notices are given up' },
    },
    lasts: FIVE_MINUTES,
    description: '{{ $value | humanize }} notices of {{ $labels.pod }} wait, or were given up within half an hour.',
    test: (value) => {
      const series = (waiting: number) => ({
        [`parley_dispatch_push_waiting${PROCESS}`]: { at: waiting },
        [`parley_dispatch_push_dropped_total${PROCESS}`]: { rate: 0 },
      });
      return { fires: series(value('half') * 1.01), below: series(value('half') * 0.99), labels: POD };
    },
  },
];
