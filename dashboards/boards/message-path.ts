/** The path of a message: taken by a relay, durable on the bus, decided, delivered. Each stage's rate, lag and loss. */
import type { Board } from '../board.ts';
import { quantileOf, quantilesOf } from '../quantiles.ts';

export const MESSAGE_PATH: Board = {
  uid: 'parley-message-path',
  title: 'Parley: path of a message',
  description: 'Rates of the stages beside each other, what waits between them, what was refused, repeated or set aside.',
  file: 'dashboards/boards/message-path.ts',
  panels: [
    {
      id: 1,
      title: 'Messages by stage',
      description: 'Given to the bus, durable, decided. The three lie on each other; one below the one before is where they wait.',
      unit: 'suffix: messages/s',
      queries: [
        { expr: 'sum(rate(parley_relay_sends_total[$__rate_interval]))', legend: 'given to the bus' },
        { expr: 'sum(rate(parley_relay_accepted_total[$__rate_interval]))', legend: 'accepted' },
        { expr: 'sum(rate(parley_dispatch_records_total[$__rate_interval]))', legend: 'decided' },
      ],
      lines: [{ label: 'planned at the peak', rows: ['demand.sendsPerSecond'], dividedBy: ['cells.cells'] }],
    },
    {
      id: 2,
      title: 'Lag of the bus',
      description: 'Records of messages that dispatch has not committed. It comes back to near nothing after each peak.',
      unit: 'suffix: records',
      queries: [{ expr: 'sum(parley_dispatch_lag_records)', legend: 'messages' }],
    },
    {
      id: 3,
      title: 'Time that the lag takes',
      description: 'Lag over the rate of deciding: how far behind dispatch is. Records older than the bus keeps are lost.',
      unit: 's',
      queries: [
        {
          expr: 'sum(parley_dispatch_lag_records) / sum(rate(parley_dispatch_records_total[$__rate_interval]))',
          legend: 'behind',
        },
      ],
    },
    {
      id: 4,
      title: 'Deliveries',
      description: 'Given to sessions, and to sessions that were gone. Many of the second: routes that are old.',
      unit: 'suffix: deliveries/s',
      queries: [
        { expr: 'sum(rate(parley_relay_deliveries_total[$__rate_interval]))', legend: 'given' },
        { expr: 'sum(rate(parley_relay_stale_deliveries_total[$__rate_interval]))', legend: 'session gone' },
      ],
      lines: [{ label: 'planned at the peak', rows: ['demand.deliveriesPerSecond'], dividedBy: ['cells.cells'] }],
    },
    {
      id: 5,
      title: 'Sends refused by reason',
      description: 'busy is the bus at its limit; notMember and the like are clients that are wrong.',
      unit: 'suffix: messages/s',
      queries: [{ expr: 'sum by (reason) (rate(parley_relay_refused_total[$__rate_interval]))', legend: '{{reason}}' }],
    },
    {
      id: 6,
      title: 'Repeated and rejected',
      description: 'Sends whose id was known: clients that had no answer in time sent again. They rise with latency.',
      unit: 'suffix: records/s',
      queries: [
        { expr: 'sum(rate(parley_dispatch_repeated_total[$__rate_interval]))', legend: 'repeated' },
        { expr: 'sum(rate(parley_dispatch_rejected_total[$__rate_interval]))', legend: 'rejected' },
        { expr: 'sum(rate(parley_dispatch_unknown_outcomes_total[$__rate_interval]))', legend: 'outcome no longer known' },
      ],
    },
    {
      id: 7,
      title: 'Dead letters',
      description: 'Records that could not be read, in ten minutes. None at rest, ever.',
      unit: 'suffix: records',
      queries: [
        { expr: 'sum(increase(parley_dispatch_poison_total[10m]))', legend: 'of messages and receipts' },
        { expr: 'sum(increase(parley_relay_poison_total[10m]))', legend: 'of deliveries' },
      ],
    },
    {
      id: 8,
      title: 'Records the log no longer had',
      description: 'Due and gone: messages that were lost. None, ever.',
      unit: 'suffix: records',
      queries: [{ expr: 'sum(increase(parley_dispatch_gap_records_total[10m]))', legend: 'gone' }],
    },
    {
      id: 9,
      title: 'Messages per request',
      description: 'Of relays to the bus: batching. Below the plan, brokers pay more per message.',
      unit: 'suffix: messages/request',
      queries: [
        {
          expr: 'sum(rate(parley_relay_sends_total[$__rate_interval])) / sum(rate(parley_relay_appends_total[$__rate_interval]))',
          legend: 'messages per request',
        },
      ],
      lines: [{ label: 'planned', rows: ['relay.recordsPerRequest'] }],
    },
    {
      id: 10,
      title: 'Partitions held',
      description: 'All partitions of messages have an owner, or those without one wait.',
      unit: 'suffix: partitions',
      queries: [{ expr: 'sum(parley_dispatch_partitions)', legend: 'held' }],
      lines: [{ label: 'planned', rows: ['kafka.messagePartitionsPerCell'] }],
    },
    {
      id: 11,
      title: 'Time to be accepted',
      description: 'From SEND taken to ACCEPTED given, as the edges see it: 99 % within 0.2 s is the objective.',
      unit: 's',
      queries: quantilesOf('parley_edge_accepted_seconds'),
    },
    {
      id: 12,
      title: 'Time to be delivered',
      description: 'From the log time of an entry to DELIVER given to a device that is connected: 99 % within 0.5 s is the objective.',
      unit: 's',
      queries: quantilesOf('parley_edge_delivered_seconds'),
    },
    {
      id: 13,
      title: 'Where the time goes: 99 % of each step',
      description: 'Which step grew is where to look. Steps do not add up to the whole: each has its own slowest messages.',
      unit: 's',
      queries: [
        { expr: quantileOf(0.99, 'parley_relay_append_seconds'), legend: 'relay: waiting for the bus' },
        { expr: quantileOf(0.99, 'parley_dispatch_queued_seconds'), legend: 'bus to dispatch' },
        { expr: quantileOf(0.99, 'parley_dispatch_stored_seconds'), legend: 'dispatch: decided and stored' },
        { expr: quantileOf(0.99, 'parley_dispatch_delivered_seconds'), legend: 'dispatch: routed and written' },
      ],
    },
    {
      id: 14,
      title: 'Times below zero',
      description:
        'Clocks of brokers, dispatchers and edges that do not agree: the latencies beside are worth nothing while there are any.',
      unit: 'suffix: times/s',
      queries: [
        { expr: 'sum(rate(parley_edge_times_invalid_total[$__rate_interval]))', legend: 'at edges' },
        { expr: 'sum(rate(parley_relay_times_invalid_total[$__rate_interval]))', legend: 'at relays' },
        { expr: 'sum(rate(parley_dispatch_times_invalid_total[$__rate_interval]))', legend: 'at dispatch' },
      ],
    },
    {
      id: 15,
      title: 'Partitions whose store forgot',
      description: 'In ten minutes: the store had lost what it acknowledged, and was filled again from the log. None, ever.',
      unit: 'suffix: partitions',
      queries: [{ expr: 'sum(increase(parley_dispatch_store_forgot_total[10m]))', legend: 'stored again' }],
    },
    {
      id: 16,
      title: 'Ids remembered',
      description: 'By dispatch, for 600 s each; those forgotten before their time would count twice if they came again.',
      unit: 'suffix: ids',
      queries: [
        { expr: 'sum(parley_dispatch_ids)', legend: 'remembered' },
        { expr: 'sum(increase(parley_dispatch_ids_forgotten_early_total[10m]))', legend: 'forgotten early, in ten minutes' },
      ],
    },
    {
      id: 17,
      title: 'Effects repeated, owners that changed',
      description: 'Repeated: a store, the bus or Redis did not answer in time. Changed: partitions went to another process at work.',
      unit: 'suffix: records/s',
      queries: [
        { expr: 'sum(rate(parley_dispatch_retries_total[$__rate_interval]))', legend: 'repeated' },
        { expr: 'sum(rate(parley_dispatch_stale_owner_total[$__rate_interval]))', legend: 'owner changed' },
        { expr: 'sum(rate(parley_dispatch_replayed_total[$__rate_interval]))', legend: 'read again at a start' },
        { expr: 'sum(rate(parley_dispatch_unroutable_total[$__rate_interval]))', legend: 'for a gateway without a partition' },
      ],
    },
    {
      id: 18,
      title: 'Receipts',
      description: 'Marks of devices, what is left of them after coalescing, and what is told on.',
      unit: 'suffix: records/s',
      queries: [
        { expr: 'sum(rate(parley_relay_marks_total[$__rate_interval]))', legend: 'marks' },
        { expr: 'sum(rate(parley_relay_receipts_total[$__rate_interval]))', legend: 'written' },
        { expr: 'sum(rate(parley_dispatch_receipts_told_total[$__rate_interval]))', legend: 'told' },
        { expr: 'sum(rate(parley_relay_receipts_dropped_total[$__rate_interval]))', legend: 'dropped by relays' },
        { expr: 'sum(rate(parley_edge_marks_dropped_total[$__rate_interval]))', legend: 'dropped by edges' },
      ],
      lines: [{ label: 'planned at the peak', rows: ['cassandra.receiptsPerSecond'] }],
    },
  ],
};
