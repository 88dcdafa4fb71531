/** Causes at the gateway: limits that will bind, processes that die, clients that are refused, cut or too loud. */
import { type AlertRule, FIVE_MINUTES, HALF_HOUR, HOUR, LEAD, MINUTE, one } from './alert-rule.ts';

const file = 'dashboards/alerts/rules-gateway.ts';
const BOX = '{pod="edges-0"}';
const POD = { pod: 'edges-0' };
/** What the plan lets fail of the connections that come at rest, to a gateway and to a cell. */
const PLANNED_CONNECTS = ['demand.connectsPerSecond', 'objective.connects.budget'];
const PER_SECOND = 'connections/s';

export const GATEWAY_RULES: readonly AlertRule[] = [
  {
    alert: 'GatewayNearlyFull',
    severity: 'page',
    file,
    expr: 'predict_linear(parley_edge_connections[$past], $lead) > parley_box_connections_most and parley_edge_connections > $planned',
    values: { past: HALF_HOUR, lead: LEAD, planned: one('connections', 'gateway.connections') },
    lasts: FIVE_MINUTES,
    description: '{{ $labels.pod }} would hold {{ $value | humanize }} connections an hour from now, more than it may.',
    test: (value) => {
      const most = value('planned') * 1.5;
      const series = (held: number) => ({
        [`parley_edge_connections${BOX}`]: { at: held },
        [`parley_box_connections_most${BOX}`]: { at: most },
      });
      return { fires: series(most * 1.01), below: series(most * 0.99), labels: POD };
    },
  },
  {
    alert: 'HostLimitNear',
    severity: 'page',
    file,
    expr: `predict_linear(parley_edge_connections[$past], $lead) > ignoring (limit) group_right () parley_box_limit_connections
      and parley_edge_connections > ignoring (limit) group_right () ((1 - $storm) * parley_box_limit_connections)`,
    values: { past: HALF_HOUR, lead: LEAD, storm: one('of the connections', 'workload.stormShare') },
    lasts: FIVE_MINUTES,
    description:
      'the limit {{ $labels.limit }} of the host of {{ $labels.pod }} binds below the {{ $value | humanize }} connections that it would hold an hour from now.',
    test: () => {
      const series = (held: number) => ({
        [`parley_edge_connections${BOX}`]: { at: held },
        'parley_box_limit_connections{pod="edges-0", limit="processFiles"}': { at: 100_000 },
        'parley_box_limit_connections{pod="edges-0", limit="fileMax"}': { at: 900_000 },
      });
      return { fires: series(101_000), below: series(99_000), labels: { ...POD, limit: 'processFiles' } };
    },
  },
  {
    alert: 'MemoryRunsOut',
    severity: 'page',
    file,
    expr: 'predict_linear(node_memory_MemAvailable_bytes[$past], $lead) < $reserve and node_memory_MemAvailable_bytes < $storm',
    values: {
      past: HALF_HOUR,
      lead: LEAD,
      reserve: one('bytes', 'bound.memoryReserveBytes'),
      storm: one('bytes', 'gateway.connections', 'workload.stormShare', 'gateway.bytesPerConnection'),
    },
    lasts: FIVE_MINUTES,
    description: '{{ $labels.node }} would have {{ $value | humanize1024 }}B left an hour from now.',
    test: (value) => {
      const series = (bytes: number) => ({ 'node_memory_MemAvailable_bytes{node="n1"}': { at: bytes } });
      // A small gateway's storm needs less than the reserve.
      const least = Math.min(value('reserve'), value('storm'));
      return { fires: series(least * 0.99), below: series(value('reserve') * 1.01), labels: { node: 'n1' } };
    },
  },
  {
    alert: 'ProcessKeepsDying',
    severity: 'page',
    file,
    expr: 'changes(parley_process_starts_total[$past]) > $tolerated',
    values: { past: HOUR, tolerated: one('starts', 'onCall.startsTolerated') },
    description: '{{ $labels.process }} of {{ $labels.pod }} was started {{ $value }} times within an hour.',
    test: (value) => {
      const series = (starts: number) => ({
        'parley_process_starts_total{pod="edges-0", process="edge-1"}': { rate: starts / value('past') },
      });
      return { fires: series(value('tolerated') * 8), below: series(0), labels: { ...POD, process: 'edge-1' } };
    },
  },
  {
    alert: 'ProcessSilent',
    severity: 'ticket',
    file,
    expr: 'parley_process_up == 0',
    values: {},
    lasts: FIVE_MINUTES,
    description: '{{ $labels.process }} of {{ $labels.pod }} has not answered its supervisor: up is {{ $value }}.',
    test: () => {
      const series = (up: number) => ({ 'parley_process_up{pod="edges-0", process="edge-1"}': { at: up } });
      return { fires: series(0), below: series(1), labels: { ...POD, process: 'edge-1' } };
    },
  },
  {
    alert: 'RelayAway',
    severity: 'page',
    file,
    expr: `sum by (pod, instance) (parley_edge_relay_connected)
      < count by (pod, instance) (parley_process_up{process=~"edge-.+"} == 1)`,
    values: {},
    lasts: MINUTE,
    description: 'only {{ $value }} edges of {{ $labels.pod }} have a link to their relay.',
    test: () => {
      const series = (links: number) => ({
        [`parley_edge_relay_connected${BOX}`]: { at: links },
        'parley_process_up{pod="edges-0", process="edge-0"}': { at: 1 },
        'parley_process_up{pod="edges-0", process="edge-1"}': { at: 1 },
        'parley_process_up{pod="edges-0", process="relay"}': { at: 1 },
      });
      return { fires: series(1), below: series(2), labels: POD };
    },
  },
  {
    alert: 'AdmissionsRefused',
    severity: 'page',
    file,
    expr: 'sum by (pod, reason) (rate(parley_edge_refused_total{reason=~"boxFull|relayAway"}[$past])) > $tolerated',
    values: { past: FIVE_MINUTES, tolerated: { rows: PLANNED_CONNECTS, dividedBy: ['gateway.gateways'], unit: PER_SECOND } },
    lasts: MINUTE,
    description: '{{ $labels.pod }} refuses {{ $value | humanize }} connections/s ({{ $labels.reason }}).',
    test: (value) => {
      const series = (rate: number) => ({ 'parley_edge_refused_total{pod="edges-0", reason="boxFull"}': { rate } });
      return { fires: series(value('tolerated') * 1.01), below: series(value('tolerated') * 0.99), labels: { ...POD, reason: 'boxFull' } };
    },
  },
  {
    alert: 'StormOutlastsPlan',
    severity: 'page',
    file,
    expr: 'sum(rate(parley_edge_refused_total{reason="admission"}[$past])) > $tolerated',
    values: { past: MINUTE, tolerated: { rows: PLANNED_CONNECTS, dividedBy: ['cells.cells'], unit: PER_SECOND } },
    lasts: { ...one('s', 'workload.stormSeconds'), isWindow: true },
    description: '{{ $value | humanize }} connections/s are still told to come back later, longer than the plan gives a storm.',
    test: (value) => {
      const series = (rate: number) => ({ 'parley_edge_refused_total{pod="edges-0", reason="admission"}': { rate } });
      return { fires: series(value('tolerated') * 1.01), below: series(value('tolerated') * 0.99) };
    },
  },
  {
    alert: 'SlowReadersCut',
    severity: 'ticket',
    file,
    // By the connections of the same time: those that are left after a loss are fewer.
    expr: `sum(rate(parley_edge_disconnects_total{reason="slowReader"}[$past]))
      / sum(avg_over_time(parley_edge_connections[$past])) > $planned`,
    values: {
      past: HALF_HOUR,
      planned: {
        rows: ['coefficients.gatewaySlowReaderShare'],
        dividedBy: ['workload.sessionSeconds'],
        unit: 'of the connections, each second',
      },
    },
    lasts: FIVE_MINUTES,
    description: '{{ $value }} of the connections are cut each second since they do not read.',
    test: (value) => {
      const series = (share: number) => ({
        'parley_edge_disconnects_total{pod="edges-0", reason="slowReader"}': { rate: share * 1e9 },
        [`parley_edge_connections${BOX}`]: { at: 1e9 },
      });
      return { fires: series(value('planned') * 1.01), below: series(value('planned') * 0.99) };
    },
  },
  {
    alert: 'HeartbeatsTooMany',
    severity: 'ticket',
    file,
    expr: 'sum(rate(parley_edge_heartbeats_total[$past])) / sum(avg_over_time(parley_edge_connections[$past])) > $planned',
    values: {
      past: HALF_HOUR,
      planned: {
        rows: [],
        dividedBy: ['workload.heartbeatSeconds'],
        times: 1.5,
        unit: 'heartbeats/s of a connection',
        why: 'half again: what the spread of clients that choose a shorter period may add',
      },
    },
    lasts: FIVE_MINUTES,
    description: 'a connection beats {{ $value }} times a second in the mean.',
    test: (value) => {
      const series = (beats: number) => ({
        [`parley_edge_heartbeats_total${BOX}`]: { rate: beats * 1e5 },
        [`parley_edge_connections${BOX}`]: { at: 1e5 },
      });
      return { fires: series(value('planned') * 1.01), below: series(value('planned') * 0.99) };
    },
  },
  {
    alert: 'DrainOverrun',
    severity: 'ticket',
    file,
    expr: 'parley_edge_connections + deriv(parley_edge_connections[$past]) * parley_box_drain_left_seconds > 0',
    values: { past: MINUTE },
    lasts: MINUTE,
    description: '{{ $value | humanize }} connections of {{ $labels.pod }} would be left, and cut, when its drain is over.',
    test: () => {
      // 1,000 are closed a second, and there are 600 s for it.
      const series = (held: number) => ({
        [`parley_edge_connections${BOX}`]: { at: held, slope: -1_000 },
        [`parley_box_drain_left_seconds${BOX}`]: { at: 600, slope: -1 },
      });
      return { fires: series(610_000), below: series(590_000), labels: POD };
    },
  },
  {
    alert: 'CertificateExpires',
    severity: 'page',
    file,
    expr: 'parley_box_certificate_ends_seconds - time() < $lead',
    values: { lead: one('s', 'onCall.certificateSeconds') },
    lasts: MINUTE,
    description: 'the certificate of {{ $labels.pod }} ends in {{ $value | humanizeDuration }}.',
    test: (value) => {
      // The clock of a test begins at 0: the end moves with it.
      const series = (left: number) => ({ [`parley_box_certificate_ends_seconds${BOX}`]: { at: left } });
      return { fires: series(value('lead') * 0.99), below: series(value('lead') * 1.02), labels: POD };
    },
  },
  {
    alert: 'LeasesLost',
    severity: 'page',
    file,
    expr: 'changes(parley_relay_lease_lapses_total[$past]) > $tolerated',
    values: { past: HOUR, tolerated: one('lapses', 'onCall.startsTolerated') },
    description: 'the lease of {{ $labels.pod }} lapsed {{ $value }} times within an hour.',
    test: (value) => {
      const series = (lapses: number) => ({ 'parley_relay_lease_lapses_total{pod="relay-0"}': { rate: lapses / value('past') } });
      return { fires: series(value('tolerated') * 8), below: series(0), labels: { pod: 'relay-0' } };
    },
  },
];
