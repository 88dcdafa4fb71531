/** What can go wrong, held to what was seen: no row of `dashboards/alerts/faults.ts` is a claim alone. */
import { expect, test } from 'bun:test';
import { FAILURE_MODES, PROVED_FAULTS } from '../../dashboards/alerts/faults.ts';
import type { Alert } from '../../dashboards/alerts/names.ts';
import { SEEN } from './seen.ts';

test('each failure mode of the source document and each fault of prove has an alert that was seen to fire and to end, or a reason for none', () => {
  const seen = new Map(SEEN.read()!.alerts.map((one) => [one.alert, one]));
  const answered = (alert: Alert) => seen.get(alert)?.resolvedSeconds !== undefined && !/ended with/.test(seen.get(alert)!.mitigation);
  const missing = Object.entries({ ...FAILURE_MODES, ...PROVED_FAULTS }).flatMap(([fault, { alerts, why = '' }]) =>
    alerts.length === 0 ? (why === '' ? [fault] : []) : alerts.filter((alert) => !answered(alert)).map((alert) => `${fault}: ${alert}`),
  );
  expect(missing).toEqual([]);
});

test('what was seen names no path of the machine on which it was', () => {
  const paths = SEEN.read()!.alerts.flatMap(({ labels = {} }) => Object.values(labels).filter((value) => /^\/(?!dev\/)/.test(value)));
  expect(paths).toEqual([]);
});
