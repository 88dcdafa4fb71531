import { describe, expect, test } from 'bun:test';
import { userOf } from '../../services/protocol/ids.ts';
import {
  connectionOfDevice,
  connectionsOfWorker,
  deviceKeyOfConnection,
  Population,
  type PopulationPlan,
  userOfConnection,
  workerOfConnection,
} from './population.ts';

const PLAN: PopulationPlan = {
  seed: 7,
  connections: 2_000,
  devicesPerUser: 1,
  workers: 3,
  conversations: 500,
  groupShare: 0.2,
  groupMembersMin: 3,
  groupMembersMax: 16,
  userBlock: 5,
};

describe('the population of a run', () => {
  test('is the same for the same plan and another for another seed', () => {
    const list = (plan: PopulationPlan) => {
      const population = new Population(plan);
      return Array.from({ length: plan.conversations }, (_, conversation) => [...population.membersOf(conversation)]);
    };
    expect(list(PLAN)).toEqual(list({ ...PLAN }));
    expect(list(PLAN)).not.toEqual(list({ ...PLAN, seed: 8 }));
  });

  test('no user is twice in a conversation, and sizes are two or a group’s', () => {
    const population = new Population({ ...PLAN, connections: 40 });
    for (let conversation = 0; conversation < PLAN.conversations; conversation++) {
      const members = population.membersOf(conversation);
      expect(new Set(members).size).toBe(members.length);
      expect(members.length === 2 || (members.length >= 3 && members.length <= 16)).toBe(true);
    }
  });

  test('the mix adds to one and is near what was asked for', () => {
    const mix = new Population({ ...PLAN, conversations: 10_000 }).mix();
    expect(mix.reduce((sum, entry) => sum + entry.share, 0)).toBeCloseTo(1, 9);
    expect(Math.abs(mix[0]!.share - 0.8)).toBeLessThan(0.02);
  });

  test('users apart talk with one another and with nobody else, and of conversations they have their share', () => {
    const population = new Population({ ...PLAN, apart: 500 });
    let apart = 0;
    for (let conversation = 0; conversation < PLAN.conversations; conversation++) {
      const members = [...population.membersOf(conversation)];
      const theirs = members.filter((user) => user >= 1_500).length;
      expect([0, members.length]).toContain(theirs);
      if (theirs > 0) apart++;
    }
    expect(apart).toBe(PLAN.conversations / 4);
  });

  test('a device’s key says which connection it is', () => {
    for (const plan of [PLAN, { ...PLAN, devicesPerUser: 4 }])
      for (const connection of [0, 1, 1_999]) expect(connectionOfDevice(plan, deviceKeyOfConnection(plan, connection))).toBe(connection);
  });

  test('every device of every member has a place of its own', () => {
    const population = new Population({ ...PLAN, devicesPerUser: 2 });
    for (const conversation of [0, 17, 499]) {
      const devices = population.devicesOf(conversation);
      expect(devices).toBe(population.sizeOf(conversation) * 2);
      const connections = Array.from({ length: devices }, (_, place) => population.connectionAt(conversation, place));
      expect(new Set(connections).size).toBe(devices);
      expect(connections.map((connection) => population.placeOf(conversation, connection))).toEqual([...connections.keys()]);
      expect(population.creatorOf(conversation)).toBe(connections[0]!);
    }
    expect(population.placeOf(0, population.connectionAt(0, 0) ^ 1)).toBe(1);
  });

  test('two devices of a user have one user id and two device keys', () => {
    const plan = { ...PLAN, devicesPerUser: 2 };
    expect(userOfConnection(plan, 6)).toBe(userOfConnection(plan, 7));
    expect(deviceKeyOfConnection(plan, 6)).not.toBe(deviceKeyOfConnection(plan, 7));
    expect(userOf(deviceKeyOfConnection(plan, 6))).toBe(userOfConnection(plan, 6));
  });

  test('blocks of users do not meet', () => {
    const last = userOfConnection({ ...PLAN, connections: 2_000_000, userBlock: 5 }, 1_999_999);
    expect(last).toBeLessThan(userOfConnection({ ...PLAN, userBlock: 6 }, 0));
  });

  test('workers share the connections without gap or overlap', () => {
    for (const [connections, workers] of [
      [2_000, 3],
      [7, 4],
      [500_000, 30],
    ] as const) {
      const plan = { ...PLAN, connections, workers };
      let next = 0;
      for (let worker = 0; worker < workers; worker++) {
        const range = connectionsOfWorker(plan, worker);
        expect(range.first).toBe(next);
        next += range.count;
        if (range.count > 0) {
          expect(workerOfConnection(plan, range.first)).toBe(worker);
          expect(workerOfConnection(plan, next - 1)).toBe(worker);
        }
      }
      expect(next).toBe(connections);
    }
  });

  test('too few users for the largest group is said before anything starts', () => {
    expect(() => new Population({ ...PLAN, connections: 10 })).toThrow(/fill a group/);
  });
});
