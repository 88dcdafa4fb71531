/** Who gets what: one delivery record per entry and gateway, the answer to the session that asked among them. Pure. */
import type { DeliveryRecord, LogEntry, RecipientSession, SessionAddress } from '../bus/records.ts';
import type { Route } from '../routes/routes.ts';

/** Records by gateway. `routes`: of every device of every recipient. The session of `origin` gets the answer, not the entry. */
export function fanOut(entry: LogEntry, routes: Iterable<Route>, origin: SessionAddress): Map<number, DeliveryRecord> {
  const sessions = new Map<number, RecipientSession[]>();
  for (const route of routes) {
    if (route.gateway === origin.gateway && route.edge === origin.edge && route.connection === origin.connection) continue;
    const session = { edge: route.edge, connection: route.connection, body: bodyOf(entry, route.device) };
    const known = sessions.get(route.gateway);
    if (known === undefined) sessions.set(route.gateway, [session]);
    else known.push(session);
  }
  const records = new Map<number, DeliveryRecord>();
  for (const [gateway, its] of sessions) records.set(gateway, { kind: 'entry', entry, sessions: its });
  records.set(origin.gateway, {
    kind: 'entry',
    entry,
    sessions: sessions.get(origin.gateway) ?? [],
    origin: { edge: origin.edge, connection: origin.connection },
  });
  return records;
}

/** Index of the device's own body, else of the one for everyone, else the number of bodies: none. */
function bodyOf(entry: LogEntry, device: number): number {
  if (entry.bodies.length === 1) return entry.bodies[0]!.device === 0 || entry.bodies[0]!.device === device ? 0 : 1;
  const own = entry.bodies.findIndex((body) => body.device === device);
  const index = own >= 0 ? own : entry.bodies.findIndex((body) => body.device === 0);
  return index >= 0 ? index : entry.bodies.length;
}
