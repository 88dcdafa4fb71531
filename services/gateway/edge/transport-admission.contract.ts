/** The part of the transport contract on who is let in: places, rates, a relay that is away. */
import { describe, expect, test } from 'bun:test';
import { closeCode } from '../../protocol/error-codes.ts';
import { eventually, GENEROUS_ADMISSION, TestBox } from '../test-box.harness.ts';
import { sendFrame } from '../test-client.harness.ts';
import { type Refusal, upgradeText, WebSocketClient } from '../web-socket.harness.ts';
import { bearer, refusalOf, type TransportUnderTest } from './transport-under-test.harness.ts';

export function describeAdmission(name: string, under: TransportUnderTest): void {
  describe(`admission of an edge on ${name}`, () => {
    const small = { maxSessions: 3, admission: { ...GENEROUS_ADMISSION, admissionsPerSecond: 2, admissionBurst: 5 } };

    test('a full edge and a busy one refuse before the upgrade, with the time to come back; leaving gives the place back', async () => {
      const box = await TestBox.start({ ...under, edge: small });
      try {
        const clients = [await box.live(1), await box.live(2), await box.live(3)];
        const full = await refusalOf(box, bearer(box.token(4)));
        expect([full.status, full.headers.get('parley-error')]).toEqual([503, 'boxFull']);
        expect(Number(full.headers.get('parley-retry-ms'))).toBeGreaterThanOrEqual(30_000);
        expect(Number(full.headers.get('retry-after'))).toBe(Math.ceil(Number(full.headers.get('parley-retry-ms')) / 1_000));
        await refusalOf(box, bearer(box.token(5)));
        const busy = await refusalOf(box, bearer(box.token(6)));
        expect([busy.status, busy.headers.get('parley-error')]).toEqual([503, 'admission']);
        expect(Number(busy.headers.get('parley-retry-ms'))).toBeGreaterThan(0);
        for (const client of clients) client.socket.leave();
        await eventually(async () => (await box.edge.metric('parley_edge_connections')) === 0, 'places back');
        expect(await box.edge.metric('parley_edge_refused_total', { reason: 'boxFull' })).toBe(2);
        expect(await box.edge.metric('parley_edge_refused_total', { reason: 'admission' })).toBe(1);
        await Bun.sleep(600);
        await box.live(7);
      } finally {
        await box.stop();
      }
    });

    test('attempts of one address are limited before any signature is looked at', async () => {
      const admission = { ...GENEROUS_ADMISSION, attemptsPerAddressPerSecond: 1, attemptsPerAddressBurst: 4 };
      const box = await TestBox.start({ ...under, edge: { admission } });
      try {
        const answers: Refusal[] = [];
        for (let attempt = 0; attempt < 6; attempt++) answers.push(await refusalOf(box, bearer('x.y.z')));
        expect(answers.slice(0, 4).map(({ status }) => status)).toEqual([401, 401, 401, 401]);
        expect(answers[5]!.status).toBe(429);
        expect(answers[5]!.headers.get('parley-error')).toBe('addressRate');
        expect(Number(answers[5]!.headers.get('parley-retry-ms'))).toBeGreaterThan(0);
      } finally {
        await box.stop();
      }
    });

    test('while the relay is away for long, clients stay, new ones are told to come back; then all is delivered', async () => {
      const box = await TestBox.start(under);
      try {
        const [sender, receiver] = await Promise.all([box.live(1), box.live(2)]);
        const conversation = await sender.create(2);
        await box.killRelay();
        const meanwhile = sendFrame(conversation, 'meanwhile');
        sender.send(meanwhile);
        await eventually(async () => {
          const client = await WebSocketClient.connect(box.endpoint);
          client.write(upgradeText(bearer(box.token(3))));
          await client.until(() => client.refusal !== undefined || client.upgraded, 'an answer');
          client.leave();
          return client.refusal?.headers.get('parley-error') === 'relayAway';
        }, 'a refusal');
        await box.startRelay();
        // What was not confirmed before the relay died comes again: a client drops it below its cursor.
        await sender.until(() => sender.of('sequenced').some(({ sequence }) => sequence === 2), 'the sequence');
        await receiver.until(() => receiver.delivered(conversation).includes(2), 'the entry');
        expect([sender.socket.closeCode, receiver.socket.closeCode]).toEqual([undefined, undefined]);
        expect(closeCode('relayAway')).toBe(4_019);
      } finally {
        await box.stop();
      }
    });
  });
}
