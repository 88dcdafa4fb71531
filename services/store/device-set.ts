/**
 * The devices of each user in one table of numbers: open addressing with linear probing, 8 bytes a slot, so that half a
 * million of them cost some 5 MB. All devices of a user stand in one run, so that one probe finds them. Only grows.
 */
import { mix } from '../bus/partition.ts';
import { type DeviceKey, type UserId, userOf } from '../protocol/ids.ts';

const FIRST_SLOTS = 8;
const FULLEST = 0.8;

export class DeviceSet {
  private count = 0;
  /** Device key plus one; 0 is a free slot. */
  private slots = new Float64Array(FIRST_SLOTS);

  add(device: DeviceKey): void {
    if (this.slots[this.find(device)] !== 0) return;
    if (this.count + 1 > this.slots.length * FULLEST) this.grow();
    this.slots[this.find(device)] = device + 1;
    this.count++;
  }

  of(user: UserId): DeviceKey[] {
    const { slots } = this;
    const found: DeviceKey[] = [];
    for (let at = home(user, slots.length); slots[at] !== 0; at = at + 1 === slots.length ? 0 : at + 1) {
      if (userOf(slots[at]! - 1) === user) found.push(slots[at]! - 1);
    }
    return found.sort((a, b) => a - b);
  }

  private find(device: DeviceKey): number {
    const { slots } = this;
    let at = home(userOf(device), slots.length);
    while (slots[at] !== 0 && slots[at] !== device + 1) at = at + 1 === slots.length ? 0 : at + 1;
    return at;
  }

  private grow(): void {
    const old = this.slots;
    this.slots = new Float64Array(Math.ceil(old.length * 1.25) + FIRST_SLOTS);
    for (const slot of old) if (slot !== 0) this.slots[this.find(slot - 1)] = slot;
  }
}

function home(user: UserId, slots: number): number {
  return mix((user >>> 0) ^ mix(Math.floor(user / 0x1_0000_0000))) % slots;
}
