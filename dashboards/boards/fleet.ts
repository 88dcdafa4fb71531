/** The fleet of a cell: who is connected, who comes and goes, and how near the limits of the plan are. */
import type { Board } from '../board.ts';

export const FLEET: Board = {
  uid: 'parley-fleet',
  title: 'Parley: fleet',
  description: 'Connections, admissions, heartbeats and disconnects of a cell, beside what the plan says.',
  file: 'dashboards/boards/fleet.ts',
  panels: [
    {
      id: 1,
      title: 'Connections',
      description: 'Held by all gateways of the cell. It follows the hour of the day; a step down is gateways that went.',
      unit: 'suffix: connections',
      queries: [{ expr: 'sum(parley_edge_connections)', legend: 'connections' }],
      lines: [
        { label: 'planned at the peak', rows: ['gateway.connections', 'gateway.gatewaysPerCell'] },
        { label: 'the most that all gateways hold', rows: ['gateway.connectionsMost', 'gateway.gatewaysPerCell'] },
      ],
    },
    {
      id: 2,
      title: 'Fullest gateway against its limit',
      description: 'At the most a gateway refuses with boxFull. In an even fleet fullest and emptiest lie near each other.',
      unit: 'suffix: connections',
      queries: [
        { expr: 'max(parley_edge_connections)', legend: 'fullest' },
        { expr: 'min(parley_edge_connections)', legend: 'emptiest' },
      ],
      lines: [
        { label: 'planned at the peak', rows: ['gateway.connections'] },
        { label: 'the most', rows: ['gateway.connectionsMost'] },
      ],
    },
    {
      id: 3,
      title: 'Admissions',
      description: 'Upgrades of all gateways. At rest the planned rate; in a storm up to what all gateways admit.',
      unit: 'suffix: connections/s',
      queries: [{ expr: 'sum(rate(parley_edge_upgrades_total[$__rate_interval]))', legend: 'admitted' }],
      lines: [
        { label: 'planned at rest', rows: ['demand.connectsPerSecond'], dividedBy: ['cells.cells'] },
        { label: 'that a storm asks for', rows: ['gateway.admissionsPerSecond', 'gateway.gatewaysPerCell'] },
      ],
    },
    {
      id: 4,
      title: 'Refused upgrades by reason',
      description: 'admission is a storm that is paced; boxFull is too few gateways; relayAway is a relay that is gone.',
      unit: 'suffix: connections/s',
      queries: [{ expr: 'sum by (reason) (rate(parley_edge_refused_total[$__rate_interval]))', legend: '{{reason}}' }],
    },
    {
      id: 5,
      title: 'Disconnects by reason',
      description: 'silent is networks that went; slowReader is clients that do not read; draining is an upgrade under way.',
      unit: 'suffix: connections/s',
      queries: [{ expr: 'sum by (reason) (rate(parley_edge_disconnects_total[$__rate_interval]))', legend: '{{reason}}' }],
    },
    {
      id: 6,
      title: 'Heartbeats',
      description: 'Far more than planned for the connections there are: clients that beat too often, which drains batteries.',
      unit: 'suffix: heartbeats/s',
      queries: [{ expr: 'sum(rate(parley_edge_heartbeats_total[$__rate_interval]))', legend: 'heartbeats' }],
      lines: [{ label: 'planned at the peak', rows: ['demand.heartbeatsPerSecond'], dividedBy: ['cells.cells'] }],
    },
    {
      id: 7,
      title: 'Bytes through the gateways',
      description: 'WebSocket messages of all gateways, without what TLS and TCP add.',
      unit: 'Bps',
      queries: [
        { expr: 'sum(rate(parley_edge_bytes_in_total[$__rate_interval]))', legend: 'in' },
        { expr: 'sum(rate(parley_edge_bytes_out_total[$__rate_interval]))', legend: 'out' },
      ],
      lines: [{ label: 'network of full gateways', rows: ['gateway.bytesPerSecond', 'gateway.gatewaysPerCell'] }],
    },
    {
      id: 8,
      title: 'Gateways ready and wanted',
      description: 'Pods of edges. Apart for long: a pod that can’t start or an upgrade that does not end.',
      unit: 'suffix: processes',
      queries: [
        { expr: 'kube_statefulset_replicas{statefulset="edges"}', legend: 'wanted' },
        { expr: 'kube_statefulset_status_replicas_ready{statefulset="edges"}', legend: 'ready' },
      ],
      lines: [{ label: 'planned', rows: ['gateway.gatewaysPerCell'] }],
    },
    {
      id: 9,
      title: 'Scraped and silent targets',
      description: 'Targets by job that answered no scrape. What is silent is missing from every sum above.',
      unit: 'suffix: processes',
      queries: [{ expr: 'count by (job) (up == 0)', legend: '{{job}}' }],
    },
    {
      id: 10,
      title: 'Headroom: share of each limit in use',
      description: 'Of the fullest gateway, by limit: at 1 it binds. Limits of the host are as they were when the box started.',
      unit: 'percentunit',
      queries: [
        { expr: 'max(parley_edge_connections / on (instance) parley_box_connections_most)', legend: 'connections of a gateway' },
        {
          expr: 'max by (limit) (sum by (instance) (parley_edge_connections) / on (instance) group_right parley_box_limit_connections)',
          legend: 'host: {{limit}}',
        },
      ],
    },
    {
      id: 11,
      title: 'Headroom: sends of a cell',
      description: 'Accepted by the cell, beside what it is planned for at its peak.',
      unit: 'suffix: messages/s',
      queries: [{ expr: 'sum(rate(parley_relay_accepted_total[$__rate_interval]))', legend: 'accepted' }],
      lines: [{ label: 'planned at the peak', rows: ['demand.sendsPerSecond'], dividedBy: ['cells.cells'] }],
    },
    {
      id: 12,
      title: 'Headroom: series of Prometheus',
      description: 'Of all targets in their last scrape. Above the plan the servers that look on run out of memory first.',
      unit: 'suffix: series',
      queries: [
        { expr: 'sum(scrape_samples_post_metric_relabeling)', legend: 'all' },
        { expr: 'max by (job) (scrape_samples_post_metric_relabeling)', legend: 'largest target of {{job}}' },
      ],
      lines: [{ label: 'planned', rows: ['observability.series'] }],
    },
  ],
};
