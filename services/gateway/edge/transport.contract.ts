/**
 * What every edge transport does, on real sockets before a real relay: upgrade and its refusals, sessions, messages, bad
 * input, liveness, keys. Each part is a file of its own; backpressure and drain are in `transport-limits.contract.ts`.
 */
import { afterAll, beforeAll, describe } from 'bun:test';
import { TestBox } from '../test-box.harness.ts';
import { describeAdmission } from './transport-admission.contract.ts';
import { describeBadInput } from './transport-bad-input.contract.ts';
import { describeLiveSockets } from './transport-live-sockets.contract.ts';
import { describeSessions } from './transport-sessions.contract.ts';
import type { TransportUnderTest } from './transport-under-test.harness.ts';
import { describeUpgrades } from './transport-upgrades.contract.ts';
import { describeWebSocket } from './transport-web-socket.contract.ts';

export function transportContract(name: string, under: TransportUnderTest): void {
  describe(`an edge on ${name}`, () => {
    let box: TestBox;
    beforeAll(async () => {
      box = await TestBox.start(under);
    });
    afterAll(() => box.stop());

    const boxOf = () => box;
    describeUpgrades(boxOf, under);
    describeSessions(boxOf);
    describeWebSocket(boxOf);
    describeBadInput(boxOf);
    describeLiveSockets(boxOf);
  });

  describeAdmission(name, under);
}
