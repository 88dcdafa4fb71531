/** The path of a message: taken by a relay, durable on the bus, decided, delivered. Each stage's rate, lag and loss. */
import type { Board } from '../board.ts';

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
  ],
};
