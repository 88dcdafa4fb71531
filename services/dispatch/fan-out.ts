/** Who gets what: one delivery record per entry and gateway, the answer to the session that asked among them. Pure. */
import type { DeliveryRecord, DeviceBody, LogEntry, MessageRecord, RecipientSession, SessionAddress } from '../bus/records.ts';
import type { DeviceKey } from '../protocol/ids.ts';
import type { Route } from '../routes/routes.ts';
import type { Decision } from './decider.ts';

/** Calls back with each record and its gateway. `routes`: of every device of every recipient of an entry. */
export function fanOut(
  record: MessageRecord,
  decision: Decision,
  routes: Iterable<Route>,
  emit: (gateway: number, delivery: DeliveryRecord) => void,
): void {
  const { gateway, edge, connection } = record.replyTo;
  const origin = { edge, connection, device: record.from };
  switch (decision.kind) {
    case 'entry': {
      const sessions = sessionsByGateway(decision.entry, routes, record);
      const answer = sessions.get(gateway) ?? [];
      sessions.delete(gateway);
      emit(gateway, { kind: 'entry', ...withBodiesOf(decision.entry, answer), origin });
      for (const [other, its] of sessions) emit(other, { kind: 'entry', ...withBodiesOf(decision.entry, its) });
      return;
    }
    case 'repeated':
      return emit(gateway, { kind: 'entry', entry: decision.entry, sessions: [], origin });
    case 'rejected':
    case 'repeatedRejection': {
      const { conversation, id } = record;
      const retryAfterMs = decision.kind === 'rejected' ? decision.retryAfterMs : 0;
      return emit(gateway, { kind: 'rejection', conversation, id, origin, code: decision.code, retryAfterMs });
    }
  }
}

function sessionsByGateway(entry: LogEntry, routes: Iterable<Route>, { from, replyTo }: MessageRecord): Map<number, RecipientSession[]> {
  const gateways = new Map<number, RecipientSession[]>();
  for (const route of routes) {
    // The session that asked is answered otherwise. Its number alone is not enough: since the edge was started again, it may be another's.
    if (route.device === from && isAt(route, replyTo)) continue;
    const { edge, connection, device } = route;
    const session = { edge, connection, device, body: bodyFor(entry.bodies, device) };
    const sessions = gateways.get(route.gateway);
    if (sessions === undefined) gateways.set(route.gateway, [session]);
    else sessions.push(session);
  }
  return gateways;
}

function isAt(route: Route, { gateway, edge, connection }: SessionAddress): boolean {
  return route.connection === connection && route.edge === edge && route.gateway === gateway;
}

/** Index of the device's own body, else of the one for everyone, else the number of bodies: none. */
function bodyFor(bodies: readonly DeviceBody[], device: DeviceKey): number {
  let forEveryone = bodies.length;
  for (let index = 0; index < bodies.length; index++) {
    if (bodies[index]!.device === device) return index;
    if (bodies[index]!.device === 0) forEveryone = index;
  }
  return forEveryone;
}

/** A gateway gets the bodies that its sessions need: with one per device the whole would go to each of them. */
function withBodiesOf(entry: LogEntry, sessions: readonly RecipientSession[]): { entry: LogEntry; sessions: readonly RecipientSession[] } {
  const { bodies } = entry;
  if (bodies.length === 1 && sessions.length > 0) return { entry, sessions };
  const needed = [...new Set(sessions.map(({ body }) => body))].filter((body) => body < bodies.length);
  const place = new Map(needed.map((body, index) => [body, index]));
  return {
    entry: { ...entry, bodies: needed.map((body) => bodies[body]!) },
    sessions: sessions.map((session) => ({ ...session, body: place.get(session.body) ?? needed.length })),
  };
}
