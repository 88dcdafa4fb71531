/**
 * Who of a group gets which partitions, and the bytes in which members say so: those of Kafka's consumer protocol, version 0,
 * so that its tools can read them. A member's user data lists what it holds, so that a rebalance moves as little as it can.
 */

export interface Claim {
  readonly member: string;
  readonly held: readonly number[];
}

/** The share of each member: sizes differ by one at most, and who holds a partition keeps it where that allows it. */
export function assign(claims: readonly Claim[], partitions: number): Map<string, number[]> {
  const members = [...claims].sort((a, b) => (a.member < b.member ? -1 : 1));
  const shares = new Map(members.map(({ member }) => [member, [] as number[]]));
  const least = Math.floor(partitions / members.length);
  let larger = partitions % members.length;
  const free = new Set(Array.from({ length: partitions }, (_, partition) => partition));
  // Who holds most keeps the share that is larger by one.
  for (const { member, held } of [...members].sort((a, b) => b.held.length - a.held.length)) {
    const share = shares.get(member)!;
    for (const partition of held) {
      if (!free.has(partition) || share.length > least || (share.length === least && larger === 0)) continue;
      if (share.length === least) larger--;
      share.push(partition);
      free.delete(partition);
    }
  }
  const byNeed = () => [...shares.values()].sort((a, b) => a.length - b.length)[0]!;
  for (const partition of free) byNeed().push(partition);
  for (const share of shares.values()) share.sort((a, b) => a - b);
  return shares;
}

/** Subscription and assignment have the same shape but for the partitions of a topic. */
export function encodeSubscription(topic: string, held: readonly number[]): Uint8Array {
  const name = Buffer.from(topic);
  const data = numbers(held);
  return Buffer.concat([int16(0), int32(1), int16(name.length), name, int32(data.length), data]);
}

export function heldOf(subscription: Uint8Array): number[] {
  const view = Buffer.from(subscription);
  try {
    const topics = view.readInt32BE(2);
    let at = 6;
    for (let seen = 0; seen < topics; seen++) at += 2 + view.readInt16BE(at);
    return readNumbers(view, at + 4);
  } catch {
    return []; // A member of another make: it is given partitions all the same.
  }
}

export function encodeAssignment(topic: string, partitions: readonly number[]): Uint8Array {
  const name = Buffer.from(topic);
  return Buffer.concat([int16(0), int32(1), int16(name.length), name, numbers(partitions), int32(0)]);
}

export function partitionsOf(assignment: Uint8Array): number[] {
  const view = Buffer.from(assignment);
  if (view.length < 8 || view.readInt32BE(2) < 1) return [];
  return readNumbers(view, 8 + view.readInt16BE(6));
}

function numbers(values: readonly number[]): Buffer {
  return Buffer.concat([int32(values.length), ...values.map(int32)]);
}

function readNumbers(view: Buffer, at: number): number[] {
  return Array.from({ length: view.readInt32BE(at) }, (_, index) => view.readInt32BE(at + 4 + 4 * index));
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
