/** What every push must do. An implementation's test calls `pushContract` with a service that answers as it is bid. */
import { afterEach, describe, expect, test } from 'bun:test';
import { type Push, type PushNotice, pushKey } from './push.ts';
import type { StandInAnswer } from './push-stand-in.ts';

export interface PushHarness {
  readonly push: Push;
  /** How often the service was told of a notice. */
  told(key: string): number;
  close(): Promise<void>;
}

const notice = (device: number, sequence = 1): PushNotice => ({ device, conversation: 4_711, sequence });

export function pushContract(
  name: string,
  make: (answer: (notice: PushNotice, told: number) => StandInAnswer) => Promise<PushHarness>,
): void {
  describe(`push contract: ${name}`, () => {
    const harnesses: PushHarness[] = [];
    const start = async (answer: (notice: PushNotice, told: number) => StandInAnswer = () => ({ status: 200 })) => {
      const harness = await make(answer);
      harnesses.push(harness);
      return harness;
    };
    afterEach(async () => {
      for (const harness of harnesses.splice(0)) await harness.close();
    });

    test('each notice is told once, with the results in order', async () => {
      const { push, told } = await start(({ device }) => ({ status: device === 2 ? 410 : 200 }));
      expect(await push.send([notice(1), notice(2), notice(3)])).toEqual([{ kind: 'taken' }, { kind: 'unregistered' }, { kind: 'taken' }]);
      expect([1, 2, 3].map((device) => told(pushKey(notice(device))))).toEqual([1, 1, 1]);
      expect(await push.send([])).toEqual([]);
    });

    test('a service that is busy says when to come again', async () => {
      const { push } = await start(({ device }, told) => {
        if (told > 0) return { status: 201 };
        return device === 1 ? { status: 429, retryAfterSeconds: 7 } : { status: 503 };
      });
      expect(await push.send([notice(1), notice(2)])).toEqual([
        { kind: 'later', retryAfterMs: 7_000 },
        { kind: 'later', retryAfterMs: 1_000 },
      ]);
      expect(await push.send([notice(1), notice(2)])).toEqual([{ kind: 'taken' }, { kind: 'taken' }]);
    });

    test('without an answer in time the notice may be tried again, under the same key', async () => {
      const { push, told } = await start((_, told) => ({ status: 200, silent: told === 0 }));
      expect(await push.send([notice(1)])).toMatchObject([{ kind: 'later' }]);
      expect(await push.send([notice(1)])).toEqual([{ kind: 'taken' }]);
      expect(told(pushKey(notice(1)))).toBe(2);
    });

    test('a request that the service does not allow is an error', async () => {
      const { push } = await start(() => ({ status: 403 }));
      await expect(push.send([notice(1)])).rejects.toMatchObject({ code: 'refused', retryable: false });
    });
  });
}
