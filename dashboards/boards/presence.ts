/** Presence and routes: who watches whom, what is told, what the table of routes is asked. */
import type { Board } from '../board.ts';

export const PRESENCE: Board = {
  uid: 'parley-presence',
  title: 'Parley: presence and routes',
  description: 'Who comes and goes, who is told, and how routes are written.',
  file: 'dashboards/boards/presence.ts',
  panels: [
    {
      id: 1,
      title: 'Users told as come or gone',
      description: 'It follows admissions and disconnects.',
      unit: 'suffix: users/s',
      queries: [{ expr: 'sum(rate(parley_relay_presence_announced_total[$__rate_interval]))', legend: 'announced' }],
    },
    {
      id: 2,
      title: 'Watched',
      description: 'Pairs of a session and a user that it looks at.',
      unit: 'suffix: pairs',
      queries: [{ expr: 'sum(parley_relay_watched)', legend: 'watched' }],
    },
    {
      id: 3,
      title: 'Presence and typing told',
      description: 'Dropped first when an edge does not read: nobody waits for it.',
      unit: 'suffix: frames/s',
      queries: [
        { expr: 'sum(rate(parley_relay_presence_frames_total[$__rate_interval]))', legend: 'told' },
        { expr: 'sum(rate(parley_relay_presence_dropped_total[$__rate_interval]))', legend: 'dropped' },
      ],
      lines: [{ label: 'presence planned at the peak', rows: ['demand.presenceToldPerSecond'], dividedBy: ['cells.cells'] }],
    },
    {
      id: 4,
      title: 'Typing',
      description: 'Told on, and dropped since nobody looked or it came too soon.',
      unit: 'suffix: frames/s',
      queries: [
        { expr: 'sum(rate(parley_relay_typing_total[$__rate_interval]))', legend: 'told on' },
        { expr: 'sum(rate(parley_relay_typing_dropped_total[$__rate_interval]))', legend: 'dropped by relays' },
        { expr: 'sum(rate(parley_edge_typing_dropped_total[$__rate_interval]))', legend: 'dropped by edges' },
      ],
    },
    {
      id: 5,
      title: 'Routes written',
      description: 'put and remove follow sessions; rewritten is a table that was lost and is made again.',
      unit: 'suffix: routes/s',
      queries: [
        { expr: 'sum by (kind) (rate(parley_relay_route_writes_total[$__rate_interval]))', legend: '{{kind}}' },
        { expr: 'sum(rate(parley_relay_routes_rewritten_total[$__rate_interval]))', legend: 'rewritten' },
      ],
    },
    {
      id: 6,
      title: 'Sessions known to relays and connections of edges',
      description: 'They lie near each other. Apart for long: a relay that has lost sight of sessions.',
      unit: 'suffix: connections',
      queries: [
        { expr: 'sum(parley_relay_sessions)', legend: 'sessions' },
        { expr: 'sum(parley_edge_connections)', legend: 'connections' },
      ],
      lines: [{ label: 'planned at the peak', rows: ['gateway.connections', 'gateway.gatewaysPerCell'] }],
    },
    {
      id: 7,
      title: 'Notices for phones',
      description: 'Taken by the push service, and given up.',
      unit: 'suffix: notices/s',
      queries: [
        { expr: 'sum(rate(parley_dispatch_pushed_total[$__rate_interval]))', legend: 'taken' },
        { expr: 'sum(rate(parley_dispatch_push_dropped_total[$__rate_interval]))', legend: 'given up' },
      ],
      lines: [{ label: 'planned at the peak', rows: ['push.noticesPerSecond'] }],
    },
    {
      id: 8,
      title: 'Notices that wait, and none sent since routes were not certain',
      description: 'Waiting: the push service is slow. Not certain: Redis lost routes; devices learn it when they connect.',
      unit: 'suffix: notices',
      queries: [
        { expr: 'sum(parley_dispatch_push_waiting)', legend: 'waiting' },
        { expr: 'sum(increase(parley_dispatch_push_uncertain_total[10m]))', legend: 'not certain, in ten minutes' },
      ],
    },
  ],
};
