/** Collects deliveries by gateway and appends those of each gateway together. */
import type { Bus } from '../bus/bus.ts';
import { canSay, encodeDeliveryAs } from '../bus/record-codec.ts';
import type { DeliveryRecord } from '../bus/records.ts';
import type { DispatchCells } from './metrics.ts';
import type { Persistent } from './persistence.ts';

export class GatewayOutbox {
  private readonly gateways = new Map<number, Uint8Array[]>();

  private readonly version: number;
  private readonly cells: DispatchCells;

  /** `version`: of the records that it writes. */
  constructor(version: number, cells: DispatchCells) {
    this.version = version;
    this.cells = cells;
  }

  readonly add = (gateway: number, record: DeliveryRecord): void => {
    if (!canSay(record, this.version)) {
      this.cells.unsaid.value++;
      return;
    }
    const values = this.gateways.get(gateway);
    const value = encodeDeliveryAs(this.version, record);
    if (values === undefined) this.gateways.set(gateway, [value]);
    else values.push(value);
  };

  /** Resolves when all are in the log. */
  async append(bus: Bus, persistent: Persistent): Promise<void> {
    const { cells } = this;
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
