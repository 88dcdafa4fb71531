/**
 * In front of a push service: a notice that was taken, or is on its way, is not sent again, and a device that is gone is told
 * no more. Remembers so many of each; what it forgot, or a process before it sent, the service knows by the same key.
 */

import type { DeviceKey } from '../protocol/ids.ts';
import { BackendError } from '../runtime/backend-error.ts';
import { type Push, type PushNotice, type PushResult, pushKey } from './push.ts';

export interface PushGateOptions {
  readonly push: Push;
  readonly mostRemembered?: number;
}

const MOST_REMEMBERED = 200_000;
const TAKEN: PushResult = { kind: 'taken' };
const UNREGISTERED: PushResult = { kind: 'unregistered' };

export class PushGate implements Push {
  /** Notices that were not sent, since they had been. */
  repeated = 0;
  private readonly push: Push;
  private readonly mostRemembered: number;
  private readonly taken = new Set<string>();
  private readonly gone = new Set<DeviceKey>();
  private readonly flying = new Map<string, Promise<PushResult>>();

  constructor({ push, mostRemembered = MOST_REMEMBERED }: PushGateOptions) {
    this.push = push;
    this.mostRemembered = mostRemembered;
  }

  async send(notices: readonly PushNotice[]): Promise<readonly PushResult[]> {
    const fresh = new Map<string, { readonly notice: PushNotice; readonly settle: PromiseWithResolvers<PushResult> }>();
    const results = notices.map((notice) => {
      const key = pushKey(notice);
      if (this.gone.has(notice.device)) return UNREGISTERED;
      if (this.taken.has(key)) {
        this.repeated++;
        return TAKEN;
      }
      const flying = this.flying.get(key);
      if (flying !== undefined) {
        this.repeated++;
        return flying;
      }
      const settle = Promise.withResolvers<PushResult>();
      settle.promise.catch(() => undefined);
      this.flying.set(key, settle.promise);
      fresh.set(key, { notice, settle });
      return settle.promise;
    });
    if (fresh.size > 0) await this.sendFresh(fresh);
    return Promise.all(results);
  }

  close(): Promise<void> {
    return this.push.close();
  }

  private async sendFresh(
    fresh: ReadonlyMap<string, { readonly notice: PushNotice; readonly settle: PromiseWithResolvers<PushResult> }>,
  ): Promise<void> {
    const asked = [...fresh];
    try {
      const results = await this.push.send(asked.map(([, { notice }]) => notice));
      for (const [index, [key, { notice, settle }]] of asked.entries()) {
        const result = results[index];
        if (result === undefined) throw new BackendError('noResult', 'a notice was not answered', true);
        if (result.kind === 'taken') remember(this.taken, key, this.mostRemembered);
        if (result.kind === 'unregistered') remember(this.gone, notice.device, this.mostRemembered);
        settle.resolve(result);
      }
    } catch (error) {
      for (const [, { settle }] of asked) settle.reject(error);
      throw error;
    } finally {
      for (const [key] of asked) this.flying.delete(key);
    }
  }
}

function remember<Value>(values: Set<Value>, value: Value, most: number): void {
  values.add(value);
  if (values.size > most) values.delete(values.values().next().value!);
}
