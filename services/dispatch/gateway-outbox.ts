/** Collects deliveries by gateway and appends those of each gateway together. */
import type { Bus } from '../bus/bus.ts';
import { encodeDelivery } from '../bus/record-codec.ts';
import type { DeliveryRecord } from '../bus/records.ts';
import type { DispatchCells } from './metrics.ts';
import type { Persistent } from './persistence.ts';

export class GatewayOutbox {
  private readonly gateways = new Map<number, Uint8Array[]>();

  readonly add = (gateway: number, record: DeliveryRecord): void => {
    const values = this.gateways.get(gateway);
    if (values === undefined) this.gateways.set(gateway, [encodeDelivery(record)]);
    else values.push(encodeDelivery(record));
  };

  /** Resolves when all are in the log. */
  async append(bus: Bus, persistent: Persistent, cells: DispatchCells): Promise<void> {
    const partitions = bus.partitions('deliveries');
    await Promise.all(
      [...this.gateways].map(async ([gateway, values]) => {
        if (gateway >= partitions) {
          cells.unroutable.value += values.length;
          return;
        }
        await persistent.until('deliveries not written', () => bus.append('deliveries', gateway, values));
        cells.deliveries.value += values.length;
      }),
    );
  }
}
