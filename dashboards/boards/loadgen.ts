/** The load engine beside the box that it loads: what it says of itself, and the same as the box counts it. */
import type { Board } from '../board.ts';
import { quantileOf, quantilesOf } from '../quantiles.ts';

export const LOADGEN: Board = {
  uid: 'parley-loadgen',
  title: 'Parley: load engine and box',
  description: 'A run of parley hold or chat with --metrics-listen; choose the box that it loads above.',
  file: 'dashboards/boards/loadgen.ts',
  oneGateway: true,
  panels: [
    {
      id: 1,
      title: 'Connections at both ends',
      description:
        'Open by the clients’ count and by the box’s. They lie on each other; where they don’t, one end has not heard of a close.',
      unit: 'suffix: connections',
      queries: [
        { expr: 'sum(parley_loadgen_connections)', legend: 'clients' },
        { expr: 'sum(parley_edge_connections{pod=~"$gateway"})', legend: 'box' },
        { expr: 'sum(parley_loadgen_connections_planned)', legend: 'to be held' },
      ],
      lines: [{ label: 'a gateway’s at the peak', rows: ['gateway.connections'] }],
    },
    {
      id: 2,
      title: 'Attempts',
      description: 'Opened, refused, failed, dropped. Failed ones and drops have their reason: a WebSocket code, a time-out, a reset.',
      unit: 'suffix: connections/s',
      queries: [
        { expr: 'sum(rate(parley_loadgen_opened_total[$__rate_interval]))', legend: 'opened' },
        { expr: 'sum by (reason) (rate(parley_loadgen_refused_total[$__rate_interval]))', legend: 'refused {{reason}}' },
        { expr: 'sum by (reason) (rate(parley_loadgen_failed_total[$__rate_interval]))', legend: 'failed {{reason}}' },
        { expr: 'sum by (reason) (rate(parley_loadgen_dropped_total[$__rate_interval]))', legend: 'dropped {{reason}}' },
      ],
    },
    {
      id: 3,
      title: 'Attempts under way, connections that wait to come back',
      description: 'Both near nothing while all is held.',
      unit: 'suffix: connections',
      queries: [
        { expr: 'sum(parley_loadgen_attempts)', legend: 'under way' },
        { expr: 'sum(parley_loadgen_waiting)', legend: 'waiting' },
      ],
    },
    {
      id: 4,
      title: 'Handshakes',
      description: 'From the start of an attempt to WELCOME.',
      unit: 's',
      queries: quantilesOf('parley_loadgen_handshake_seconds'),
    },
    {
      id: 5,
      title: 'Sends: due, sent, accepted',
      description:
        'What was due is sent and accepted, and the box takes as much. Due above sent: the load engine, or its connections, are behind.',
      unit: 'suffix: messages/s',
      queries: [
        { expr: 'sum(rate(parley_loadgen_due_total[$__rate_interval]))', legend: 'due' },
        { expr: 'sum(rate(parley_loadgen_sent_total[$__rate_interval]))', legend: 'sent' },
        { expr: 'sum(rate(parley_loadgen_accepted_total[$__rate_interval]))', legend: 'accepted' },
        { expr: 'sum(rate(parley_edge_accepted_seconds_count{pod=~"$gateway"}[$__rate_interval]))', legend: 'accepted, says the box' },
      ],
    },
    {
      id: 6,
      title: 'Lateness of sends',
      description: 'How much later than due a send went out: the load engine’s own fault, and what tells a slow generator from a slow box.',
      unit: 's',
      queries: quantilesOf('parley_loadgen_lateness_seconds'),
    },
    {
      id: 7,
      title: 'Accepted, 99 % of both ends',
      description:
        'Clients count from the moment a send was due, the box from when it had it. Far apart: the way there, or the load engine, is slow.',
      unit: 's',
      queries: [
        { expr: quantileOf(0.99, 'parley_loadgen_accepted_seconds'), legend: 'clients' },
        { expr: quantileOf(0.99, 'parley_edge_accepted_seconds'), legend: 'all boxes' },
      ],
    },
    {
      id: 8,
      title: 'Delivered, 99 % of both ends',
      description: 'Clients count from the moment the send was due, boxes from the log time of the entry.',
      unit: 's',
      queries: [
        { expr: quantileOf(0.99, 'parley_loadgen_delivered_seconds'), legend: 'clients' },
        { expr: quantileOf(0.99, 'parley_edge_delivered_seconds'), legend: 'all boxes' },
      ],
    },
    {
      id: 9,
      title: 'Deliveries at both ends',
      description: 'Handed to a device for the first time, again, or none of this run’s; beside all that the box gave.',
      unit: 'suffix: deliveries/s',
      queries: [
        { expr: 'sum(rate(parley_loadgen_delivered_total[$__rate_interval]))', legend: 'first' },
        { expr: 'sum(rate(parley_loadgen_redelivered_total[$__rate_interval]))', legend: 'again' },
        { expr: 'sum(rate(parley_loadgen_foreign_total[$__rate_interval]))', legend: 'not of this run' },
        { expr: 'sum(rate(parley_edge_delivered_seconds_count{pod=~"$gateway"}[$__rate_interval]))', legend: 'given, says the box' },
      ],
    },
    {
      id: 10,
      title: 'Sends without an outcome',
      description: 'Neither SEQUENCED nor REJECTED. It stands still in step, and grows where the box is behind.',
      unit: 'suffix: messages',
      queries: [{ expr: 'sum(parley_loadgen_pending)', legend: 'pending' }],
    },
    {
      id: 11,
      title: 'Outcomes of sends',
      description:
        'Sequenced, rejected, sent again, not sent for want of a connection. The ledgers decide at the end; this is the same as it goes.',
      unit: 'suffix: messages/s',
      queries: [
        { expr: 'sum(rate(parley_loadgen_sequenced_total[$__rate_interval]))', legend: 'sequenced' },
        { expr: 'sum(rate(parley_loadgen_rejected_total[$__rate_interval]))', legend: 'rejected' },
        { expr: 'sum(rate(parley_loadgen_resent_total[$__rate_interval]))', legend: 'sent again' },
        { expr: 'sum(rate(parley_loadgen_unsent_total[$__rate_interval]))', legend: 'not sent' },
      ],
    },
    {
      id: 12,
      title: 'Heartbeats at both ends',
      description: 'Sent, and received by the box: on each other.',
      unit: 'suffix: heartbeats/s',
      queries: [
        { expr: 'sum(rate(parley_loadgen_heartbeats_sent_total[$__rate_interval]))', legend: 'sent' },
        { expr: 'sum(rate(parley_edge_heartbeats_total{pod=~"$gateway"}[$__rate_interval]))', legend: 'received' },
      ],
    },
    {
      id: 13,
      title: 'Processors by role',
      description:
        'Seconds a second. A worker that is near one core is late; parts of the box are here only where it is on the coordinator’s machine.',
      unit: 'suffix: cores',
      queries: [{ expr: 'sum by (role) (rate(parley_loadgen_cpu_seconds_total[$__rate_interval]))', legend: '{{role}}' }],
    },
    {
      id: 14,
      title: 'Workers',
      description: 'One that is lost stays lost, and its run proves nothing.',
      unit: 'suffix: processes',
      queries: [
        { expr: 'sum(parley_loadgen_workers)', legend: 'load' },
        { expr: 'sum(parley_loadgen_workers_lost)', legend: 'lost' },
      ],
    },
    {
      id: 15,
      title: 'What the run is at',
      description: 'Ramp, settle, hold, chat, quiet: panels of rates say something in hold and chat.',
      unit: 'suffix: runs',
      queries: [{ expr: 'sum by (phase) (parley_loadgen_phase)', legend: '{{phase}}' }],
    },
    {
      id: 16,
      title: 'Times that clocks can’t tell',
      description: 'Deliveries whose time would be below the error of the two clocks: in no histogram. Many: clocks drift.',
      unit: 'suffix: times/s',
      queries: [{ expr: 'sum(rate(parley_loadgen_times_invalid_total[$__rate_interval]))', legend: 'times' }],
    },
  ],
};
