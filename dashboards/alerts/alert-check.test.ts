/** Alerts are held to catalogue, plan, panels and runbooks; each mistake planted here is named with its file and line. */
import { describe, expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { ERROR_CODES } from '../../services/protocol/error-codes.ts';
import { BOARDS } from '../boards.ts';
import { CATALOGUE, catalogueOf, SERVICE_METRICS } from '../catalogue.ts';
import { EXPORTER_METRICS } from '../exporters.ts';
import { ERRORS_MOST, LABEL_BOUNDS, labelFindings } from '../label-bounds.ts';
import { defaultPlanRows } from '../plan-rows.ts';
import { unreadMetrics } from '../unread.ts';
import { alertFindings, runbookFindings } from './alert-check.ts';
import type { AlertRule } from './alert-rule.ts';
import { alertValues } from './alert-values.ts';
import { BOUNDS } from './bounds.ts';
import { ALERTS, type Alert, runbookOf } from './names.ts';
import { ALERT_RULES } from './rules.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const read = (file: string) => readFileSync(ROOT + file, 'utf8');
const VALUES = alertValues(defaultPlanRows());
const GIVEN = { rules: ALERT_RULES, catalogue: CATALOGUE, values: VALUES, boards: BOARDS, sources: read };
const METRIC_FILES = [...new Bun.Glob('services/**/*metrics.ts').scanSync(ROOT)].sort();
const ruleOf = (alert: Alert) => ALERT_RULES.find((rule) => rule.alert === alert)!;
const lineOf = (file: string, ...words: readonly string[]) => {
  const lines = read(file).split('\n');
  return `${file}:${words.reduce((from, word) => lines.findIndex((line, index) => index >= from && line.includes(word)), 0) + 1}`;
};
const withRule = (rule: AlertRule) => alertFindings({ ...GIVEN, rules: ALERT_RULES.map((one) => (one.alert === rule.alert ? rule : one)) });

test('all alerts are good', () => {
  expect(alertFindings(GIVEN)).toEqual([]);
});

test('every alert has its runbook, and every runbook its alert', () => {
  const runbooks = readdirSync(`${ROOT}runbooks`)
    .filter((name) => name.endsWith('.md'))
    .map((name) => `runbooks/${name}`);
  expect(runbookFindings(runbooks, ['runbooks/README.md'], read)).toEqual([]);
});

test('every bound of a service is written in its source as it is here', () => {
  for (const { file, text } of Object.values(BOUNDS)) expect([file, read(file).includes(text)]).toEqual([file, true]);
  for (const { value, text } of Object.values(BOUNDS)) expect(text.replaceAll('_', '')).toContain(`= ${value};`);
});

test('every label of a metric has a bound, and every bound a label', () => {
  expect(labelFindings(SERVICE_METRICS, METRIC_FILES, read)).toEqual([]);
  expect(Object.keys(ERROR_CODES).length).toBeLessThanOrEqual(ERRORS_MOST);
  const used = new Set(SERVICE_METRICS.flatMap(({ labels }) => labels));
  expect(Object.keys(LABEL_BOUNDS).filter((label) => !used.has(label))).toEqual([]);
});

test('what is listed of an exporter, a board, an alert or a runbook reads', () => {
  const pages = [...new Bun.Glob('runbooks/**/*.md').scanSync(ROOT)].map(read);
  const rules = [...ALERT_RULES.map(({ expr }) => expr), ...pages].join('\n');
  const unread = unreadMetrics(BOARDS, EXPORTER_METRICS).filter((name) => !new RegExp(`\\b${name}\\b`).test(rules));
  expect(unread).toEqual([]);
});

describe('a mistake is named with its file and line:', () => {
  const GATEWAY = 'dashboards/alerts/rules-gateway.ts';

  test('a metric that was renamed', () => {
    const renamed = new Map(CATALOGUE);
    renamed.delete('parley_edge_heartbeats_total');
    expect(alertFindings({ ...GIVEN, catalogue: renamed })[0]).toStartWith(
      `${lineOf(GATEWAY, `'HeartbeatsTooMany'`, 'parley_edge_heartbeats_total')}: HeartbeatsTooMany: names parley_edge_heartbeats_total`,
    );
  });

  test('a rate of what is no counter, and a label that the metric does not have', () => {
    const rule = ruleOf('BusClientStuck');
    expect(withRule({ ...rule, expr: 'rate(parley_kafka_stuck[5m]) > 0' }).join()).toContain('takes rate of parley_kafka_stuck');
    expect(withRule({ ...rule, expr: 'parley_kafka_stuck{conversation="x"} > 0' }).join()).toContain('the label conversation');
  });

  test('a threshold without a value of the plan', () => {
    const rule = ruleOf('BusBacklog');
    const place = lineOf('dashboards/alerts/rules-path.ts', `'BusBacklog'`);
    expect(withRule({ ...rule, expr: 'parley_relay_pending_bytes > 1000' }).join('\n')).toContain(
      `${place}: BusBacklog: compares with 1000, and no value of the plan stands behind it`,
    );
    expect(withRule({ ...rule, values: { most: { rows: [], unit: 'bytes' } } }).join()).toContain('names no row');
    expect(withRule({ ...rule, values: { most: { rows: ['gateway.nothing'], unit: 'bytes' } } }).join()).toContain('gateway.nothing');
    expect(withRule({ ...rule, values: {} }).join()).toContain('$most has no value of the plan behind it');
    expect(withRule({ ...rule, values: { most: { rows: ['setting.relayPendingBytes'], times: 0.5, unit: 'bytes' } } }).join()).toContain(
      'does not say why',
    );
  });

  test('a row that the plan no longer has', () => {
    const without = new Map(VALUES);
    without.delete('kafka.messagePartitionsPerCell');
    expect(alertFindings({ ...GIVEN, values: without })[0]).toStartWith(
      lineOf('dashboards/alerts/rules-path.ts', `'PartitionsUnowned'`, 'planned'),
    );
  });

  test('a panel that is gone, and an alert without a rule', () => {
    const names = 'dashboards/alerts/names.ts';
    expect(alertFindings({ ...GIVEN, boards: BOARDS.filter(({ uid }) => uid !== 'parley-presence') }).join('\n')).toContain(
      `${lineOf(names, 'LeasesLost:')}: LeasesLost: no panel`,
    );
    expect(alertFindings({ ...GIVEN, rules: ALERT_RULES.filter(({ alert }) => alert !== 'ClockOff') })).toEqual([
      `${lineOf(names, 'ClockOff:')}: ClockOff: no rule has its severity page`,
    ]);
  });

  test('a description without the value', () => {
    expect(withRule({ ...ruleOf('ClockOff'), description: 'off' }).join()).toContain('does not say the value');
  });

  test('an alert without its runbook, and a runbook without its alert', () => {
    const runbooks = (Object.keys(ALERTS) as Alert[]).map(runbookOf);
    expect(runbookFindings([...runbooks.slice(1), 'runbooks/Nobody.md'], [], read)).toEqual([
      `${lineOf('dashboards/alerts/names.ts', `${Object.keys(ALERTS)[0]}:`)}: ${Object.keys(ALERTS)[0]}: no runbook ${runbooks[0]}`,
      'runbooks/Nobody.md:1: no alert has this name',
    ]);
  });

  test('a label that grows with the users', () => {
    const grown = SERVICE_METRICS.map((one) => (one.name === 'parley_relay_sends_total' ? { ...one, labels: ['user'] } : one));
    expect(labelFindings(grown, METRIC_FILES, read)).toEqual([
      `${lineOf('services/gateway/relay/metrics.ts', 'parley_relay_sends_total')}: parley_relay_sends_total has the label user, for which no bound is known`,
    ]);
    expect(catalogueOf(grown).get('parley_relay_sends_total')!.labels).toEqual(['user']);
  });
});
