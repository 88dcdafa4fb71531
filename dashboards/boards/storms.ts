/** Storms and drains: clients that come back all at once, are paced, and ask for what they missed. */
import type { Board } from '../board.ts';

export const STORMS: Board = {
  uid: 'parley-storms',
  title: 'Parley: storms and drains',
  description: 'How many are away, how fast they are let in, what their return costs, and whether a drain ends in its time.',
  file: 'dashboards/boards/storms.ts',
  panels: [
    {
      id: 1,
      title: 'Connections missing',
      description:
        'The most of the last hour less what is there. A storm is a step up that comes down at the admission rate; a slow rise is the hour of the day.',
      unit: 'suffix: connections',
      queries: [{ expr: 'max_over_time(sum(parley_edge_connections)[1h:1m]) - sum(parley_edge_connections)', legend: 'missing' }],
    },
    {
      id: 2,
      title: 'Let in and put off',
      description:
        'Attempts that were admitted, and those told to come back later. While clients are put off the first lies at the rate that is set.',
      unit: 'suffix: connections/s',
      queries: [
        { expr: 'sum(rate(parley_edge_upgrades_total[$__rate_interval]))', legend: 'admitted' },
        { expr: 'sum(rate(parley_edge_refused_total{reason="admission"}[$__rate_interval]))', legend: 'put off' },
        { expr: 'sum(rate(parley_edge_sessions_total[$__rate_interval]))', legend: 'became live' },
      ],
      lines: [{ label: 'that a storm asks for', rows: ['gateway.admissionsPerSecond', 'gateway.gatewaysPerCell'] }],
    },
    {
      id: 3,
      title: 'Time until all are back',
      description:
        'What is missing over the rate of admissions. Above the plan: more gateways were lost than it counts on, or they admit less.',
      unit: 's',
      queries: [
        {
          expr: '(max_over_time(sum(parley_edge_connections)[1h:1m]) - sum(parley_edge_connections)) / sum(rate(parley_edge_upgrades_total[$__rate_interval]))',
          legend: 'at this rate',
        },
      ],
      lines: [{ label: 'planned for a storm', rows: ['gateway.stormSeconds'] }],
    },
    {
      id: 4,
      title: 'Devices that ask what they missed',
      description: 'Each device that comes back does. refused and failed: it has a gap until it asks again.',
      unit: 'suffix: requests/s',
      queries: [{ expr: 'sum by (outcome) (rate(parley_relay_resumes_total[$__rate_interval]))', legend: '{{outcome}}' }],
    },
    {
      id: 5,
      title: 'Reads of the store for clients',
      description: 'By kind; they follow those who come back. list and resume rise first in a storm.',
      unit: 'suffix: requests/s',
      queries: [{ expr: 'sum by (kind) (rate(parley_relay_reads_total[$__rate_interval]))', legend: '{{kind}}' }],
      lines: [{ label: 'planned at the peak', rows: ['cassandra.readsPerSecond'] }],
    },
    {
      id: 6,
      title: 'Time that drains have left',
      description: 'Of gateways that drain; nothing at rest. At 0 what is left is cut.',
      unit: 's',
      queries: [{ expr: 'parley_box_drain_left_seconds', legend: '{{pod}}' }],
    },
    {
      id: 7,
      title: 'Connections of gateways that drain',
      description: 'Must be near 0 when the time of the panel beside it is.',
      unit: 'suffix: connections',
      queries: [{ expr: 'parley_edge_connections and on (instance) parley_box_drain_left_seconds', legend: '{{pod}}' }],
    },
    {
      id: 8,
      title: 'Leases that lapsed and edges that were given up',
      description: 'In ten minutes. Either makes devices come back or ask for what they missed.',
      unit: 'suffix: edges',
      queries: [
        { expr: 'sum(increase(parley_relay_lease_lapses_total[10m]))', legend: 'leases' },
        { expr: 'sum(increase(parley_relay_edge_losses_total[10m]))', legend: 'edges' },
      ],
    },
  ],
};
