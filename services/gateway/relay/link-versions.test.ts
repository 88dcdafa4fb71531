import { expect, test } from 'bun:test';
import { deviceKey } from '../../protocol/ids.ts';
import { VERSIONS } from '../../runtime/versions.ts';
import { announce, TO_EDGE } from '../link/link-frames.ts';
import { GATEWAY, Link, session, startRelay, until } from './relay.harness.ts';

const { oldest, newest } = VERSIONS.link;
const SESSIONS = [1, 2, 3];

test('an edge that is too far apart is told why and cut off', () => {
  const said: string[] = [];
  const { relay } = startRelay({ log: (message) => said.push(message) });
  const link = new Link(relay, 0, 1, 1, { oldest: newest + 1, newest: newest + 2 });
  const reason = `the edge speaks link versions ${newest + 1} to ${newest + 2}, this relay ${oldest} to ${newest}`;
  expect(said).toEqual([reason]);
  expect(link.heard.map((message) => [message[0], Buffer.from(message.subarray(1)).toString()])).toEqual([[TO_EDGE.refused, reason]]);
  expect(link.cut).toBe(true);
});

test.each([
  ['newest', newest, newest],
  ['newest', newest - 1, newest - 1],
  ['predecessor', newest, newest - 1],
  ['predecessor', newest - 1, newest - 1],
] as const)(
  'a relay that speaks its %s and an edge of version %d agree on %d, and sessions are told in its words',
  async (speaks, edge, agreed) => {
    const { relay, routes } = startRelay({ speaks });
    const link = new Link(relay, 0, 1, 1, { oldest, newest: edge });
    link.say(announce(SESSIONS.map((connection) => session(connection, deviceKey(connection, 0)))));
    await until(() => link.newer.length >= SESSIONS.length);
    expect([...link.heard[0]!]).toEqual([TO_EDGE.hello, agreed]);
    expect((await routes.lookup(SESSIONS)).routes.flat().map(({ gateway }) => gateway)).toEqual(SESSIONS.map(() => GATEWAY));
    expect(link.newerPages).toEqual(agreed === 1 ? SESSIONS.map((connection) => [connection]) : [SESSIONS]);
  },
);
