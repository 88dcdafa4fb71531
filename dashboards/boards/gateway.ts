/** One gateway: its edges, its link to the relay, its processes. */
import type { Board } from '../board.ts';

export const GATEWAY: Board = {
  uid: 'parley-gateway',
  title: 'Parley: one gateway',
  description: 'One gateway beside what the plan says of one; choose its pod above.',
  file: 'dashboards/boards/gateway.ts',
  oneGateway: true,
  panels: [
    {
      id: 1,
      title: 'Connections',
      description: 'Held by the gateway. At the most it refuses with boxFull.',
      unit: 'suffix: connections',
      queries: [{ expr: 'parley_edge_connections{pod=~"$gateway"}', legend: '{{pod}}' }],
      lines: [
        { label: 'planned at the peak', rows: ['gateway.connections'] },
        { label: 'the most', rows: ['gateway.connectionsMost'] },
      ],
    },
    {
      id: 2,
      title: 'Admissions and refusals',
      description: 'Upgrades beside those refused. Refusals at rest are not a storm: look at their reason.',
      unit: 'suffix: connections/s',
      queries: [
        { expr: 'rate(parley_edge_upgrades_total{pod=~"$gateway"}[$__rate_interval])', legend: '{{pod}} admitted' },
        { expr: 'rate(parley_edge_refused_total{pod=~"$gateway"}[$__rate_interval])', legend: '{{pod}} {{reason}}' },
      ],
      lines: [{ label: 'that a storm asks for', rows: ['gateway.admissionsPerSecond'] }],
    },
    {
      id: 3,
      title: 'Frames in and messages out',
      description: 'Heartbeats apart. Messages out far above frames in: large conversations.',
      unit: 'suffix: frames/s',
      queries: [
        { expr: 'rate(parley_edge_frames_in_total{pod=~"$gateway"}[$__rate_interval])', legend: '{{pod}} in' },
        { expr: 'rate(parley_edge_messages_out_total{pod=~"$gateway"}[$__rate_interval])', legend: '{{pod}} out' },
      ],
    },
    {
      id: 4,
      title: 'Kept for the relay',
      description: 'What edges keep until the relay acknowledged it. It grows while the relay is away.',
      unit: 'bytes',
      queries: [
        { expr: 'parley_edge_link_tail_bytes{pod=~"$gateway"}', legend: '{{pod}} kept' },
        { expr: 'parley_edge_link_tail_max_bytes{pod=~"$gateway"}', legend: '{{pod}} most of one edge' },
        { expr: 'parley_edge_looks_bytes{pod=~"$gateway"}', legend: '{{pod}} looks' },
      ],
    },
    {
      id: 5,
      title: 'Edges with a link',
      description: 'Edges whose link to the relay is up, and those that speak the version before. Below the edges there are: sends wait.',
      unit: 'suffix: edges',
      queries: [
        { expr: 'parley_edge_relay_connected{pod=~"$gateway"}', legend: '{{pod}} connected' },
        { expr: 'parley_edge_predecessor_links{pod=~"$gateway"}', legend: '{{pod}} on the version before' },
      ],
    },
    {
      id: 6,
      title: 'Processes up',
      description: '0: the process did not answer its supervisor.',
      unit: 'suffix: processes',
      queries: [{ expr: 'parley_process_up{pod=~"$gateway"}', legend: '{{pod}} {{process}}' }],
    },
    {
      id: 7,
      title: 'Starts of processes in ten minutes',
      description: '0 at rest. More: a process ends and is started again.',
      unit: 'suffix: starts',
      queries: [{ expr: 'increase(parley_process_starts_total{pod=~"$gateway"}[10m])', legend: '{{pod}} {{process}}' }],
    },
    {
      id: 8,
      title: 'Errors answered',
      description: 'By name of the error, in frames to clients.',
      unit: 'suffix: frames/s',
      queries: [{ expr: 'rate(parley_edge_errors_total{pod=~"$gateway"}[$__rate_interval])', legend: '{{pod}} {{name}}' }],
    },
    {
      id: 9,
      title: 'The relay and its edges',
      description:
        'Edges that the relay hears, batches that an edge has not confirmed, messages for connections that were gone. 16 batches: it waits.',
      unit: 'suffix: edges',
      queries: [
        { expr: 'parley_relay_edges{pod=~"$gateway"}', legend: '{{pod}} edges' },
        { expr: 'parley_relay_unconfirmed_batches{pod=~"$gateway"}', legend: '{{pod}} batches not confirmed' },
        { expr: 'rate(parley_edge_stale_total{pod=~"$gateway"}[$__rate_interval])', legend: '{{pod}} too late, a second' },
      ],
    },
    {
      id: 10,
      title: 'Time until the certificate ends',
      description: 'Of gateways that serve TLS themselves. It falls by a day a day, and rises when the file is renewed.',
      unit: 's',
      queries: [{ expr: 'parley_box_certificate_ends_seconds{pod=~"$gateway"} - time()', legend: '{{pod}}' }],
    },
    {
      id: 11,
      title: 'Embedded backends: bytes',
      description: 'Only of a box without real systems. At the bound of its log appends are refused.',
      unit: 'bytes',
      queries: [
        { expr: 'parley_embedded_log_bytes{pod=~"$gateway"}', legend: '{{pod}} log of {{topic}}' },
        { expr: 'parley_embedded_id_bytes{pod=~"$gateway"}', legend: '{{pod}} ids' },
        { expr: 'parley_embedded_route_bytes{pod=~"$gateway"}', legend: '{{pod}} routes' },
      ],
    },
    {
      id: 12,
      title: 'Embedded backends: records not yet dispatched',
      description: 'Near 0; it grows while dispatch is slower than what comes.',
      unit: 'suffix: records',
      queries: [{ expr: 'parley_embedded_lag_records{pod=~"$gateway"}', legend: '{{pod}} {{topic}}' }],
    },
    {
      id: 13,
      title: 'Time to be accepted and delivered, 99 %',
      description: 'Of this gateway alone. One that is slower than the others is full, or its relay is.',
      unit: 's',
      queries: [
        {
          expr: 'histogram_quantile(0.99, sum by (le, pod) (rate(parley_edge_accepted_seconds_bucket{pod=~"$gateway"}[$__rate_interval])))',
          legend: '{{pod}} accepted',
        },
        {
          expr: 'histogram_quantile(0.99, sum by (le, pod) (rate(parley_edge_delivered_seconds_bucket{pod=~"$gateway"}[$__rate_interval])))',
          legend: '{{pod}} delivered',
        },
      ],
    },
  ],
};
