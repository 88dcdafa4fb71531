import { expect, test } from 'bun:test';
import { encodeDelivery } from '../../bus/record-codec.ts';
import type { AddressedSession } from '../../bus/records.ts';
import { type DeviceKey, deviceKey, userOf } from '../../protocol/ids.ts';
import type { Route, Routes } from '../../routes/routes.ts';
import { announce } from '../link/link-frames.ts';
import { GATEWAY, Link, session, startRelay, until } from './relay.harness.ts';

/** A relay looks a second after a delivery for whom it has no session. */
const LOOKED_MS = 1_300;

const receipt = (...sessions: readonly AddressedSession[]): Uint8Array =>
  encodeDelivery({ kind: 'receipt', conversation: 5, user: 9, receipt: 'read', sequence: 1, sessions });
const routeOf = (device: DeviceKey, edge: number, connection: number): Route => ({
  device,
  gateway: GATEWAY,
  edge,
  connection,
  epoch: 1_000,
});

async function stands(routes: Routes, ...devices: readonly DeviceKey[]): Promise<DeviceKey[]> {
  const found = await routes.lookup(devices.map(userOf));
  return found.routes.flat().map(({ device }) => device);
}

test('a second relay of the same gateway, which no edge has joined, leaves the routes of sessions that the first one has', async () => {
  const { relay, bus, routes } = startRelay();
  const device = deviceKey(5, 1);
  new Link(relay, 0, 7).say(announce([session(1, device)]));
  for (let found: DeviceKey[] = []; found.length === 0; found = await stands(routes, device)) await Bun.sleep(5);
  const { cells } = startRelay({ bus, routes, edgeGraceMs: 1 });
  await bus.append('deliveries', GATEWAY, [receipt({ edge: 0, connection: 1, device })]);
  await until(() => cells.staleDeliveries.value > 0);
  await Bun.sleep(LOOKED_MS);
  expect(await stands(routes, device)).toEqual([device]);
});

test('a delivery gives a route away whose session its edge has not, or whose edge the box has not; one of an edge that is away stays', async () => {
  const { relay, bus, routes, cells } = startRelay({ edges: 2, edgeGraceMs: 1 });
  const [lives, ended, elsewhere, away] = [1, 2, 3, 4].map((user) => deviceKey(user, 1)) as [DeviceKey, DeviceKey, DeviceKey, DeviceKey];
  new Link(relay, 0, 7).say(announce([session(1, lives)]));
  const left = [routeOf(ended, 0, 2), routeOf(elsewhere, 2, 3), routeOf(away, 1, 4)];
  await routes.put(left);
  await bus.append('deliveries', GATEWAY, [receipt({ edge: 0, connection: 1, device: lives }, ...left)]);
  await until(() => cells.staleDeliveries.value === 3);
  await Bun.sleep(LOOKED_MS);
  expect(await stands(routes, lives, ended, elsewhere, away)).toEqual([lives, away]);
});
