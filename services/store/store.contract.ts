/** What every store must do. An implementation's test calls `storeContract` with a harness that makes it. */
import { afterEach, describe } from 'bun:test';
import { type LogOfTest, put, type Script } from './log-script.harness.ts';
import type { Store } from './store.ts';
import { describeEntries } from './store-entries.contract.ts';
import { describeLists } from './store-lists.contract.ts';
import { describeReceipts } from './store-receipts.contract.ts';
import { describeWrites } from './store-writes.contract.ts';

export interface StoreHarness {
  readonly store: Store;
  /** It looks for gaps in what is written. One that would have to read for it trusts its writer. */
  readonly refusesGaps: boolean;
  /** A store that was built anew and got the same writes; undefined where the store itself outlives its process. */
  readonly rebuilt: () => Promise<Store>;
  close(): Promise<void>;
}

/** A store that got what the script has written so far; it is closed after the test. */
export type StartStore = (script: Script) => Promise<StoreHarness>;

export function storeContract(name: string, make: (log: LogOfTest) => Promise<StoreHarness>): void {
  describe(`store contract: ${name}`, () => {
    const harnesses: StoreHarness[] = [];
    const start = async (script: Script) => {
      const harness = await make(script);
      harnesses.push(harness);
      await put(harness.store, script.applied, script.rejections);
      return harness;
    };
    afterEach(async () => {
      for (const harness of harnesses.splice(0)) await harness.close();
    });

    describeWrites(start);
    describeEntries(start);
    describeLists(start);
    describeReceipts(start);
  });
}
