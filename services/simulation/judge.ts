/** What must hold in a simulation: at every move of a position, at any time, and when all has come to rest. */
import { userOf } from '../protocol/ids.ts';
import { PENDING_BYTES } from './box.ts';
import type { System } from './system.ts';

/** The position of a group moved: what it says must hold at this moment. */
export function positionMoved(system: System, group: string, partition: number, before: number, next: number): void {
  if (next > system.bus.log('messages', partition).length) system.oracle.violated(`${group} committed ${next}, past the end of the log`);
  for (let offset = before; offset < next; offset++) {
    const outcome = system.oracle.outcomes[partition]?.[offset];
    if (outcome === undefined) continue;
    const { conversation, result } = outcome;
    const [stored] = system.time.settled(system.store.outcomesAt([{ conversation, offset }]));
    if (JSON.stringify(stored) !== JSON.stringify(result))
      system.oracle.violated(
        `${group} moved past offset ${offset} of partition ${partition}: stored ${JSON.stringify(stored)}, must be ${JSON.stringify(result)}`,
      );
  }
}

/** Bounds that hold at any time. */
export function bounds(system: System): void {
  for (const { cells, edges } of system.gateways) {
    if (cells !== undefined && cells.pendingBytes.value > PENDING_BYTES)
      system.oracle.violated('a relay keeps more than its limit for the bus');
    for (const edge of edges)
      if (edge.keptBytes > edge.mostKeptBytes) system.oracle.violated('an edge keeps more than its limit for the relay');
  }
}

/** What is still to come before everyone has everything; undefined when nothing is. */
export function waitsFor(system: System): string | undefined {
  for (const { client } of system.devices) {
    if (!client.isLive) return `device ${client.device} is not connected`;
    const [unanswered] = client.outbox.keys();
    if (unanswered !== undefined) return `device ${client.device} was not told what became of ${unanswered}`;
  }
  for (const [conversation, { entries, maySeeUpTo }] of system.oracle.conversations) {
    for (const { client } of system.devices) {
      if (maySeeUpTo.get(userOf(client.device)) !== Number.POSITIVE_INFINITY) continue;
      const cursor = system.oracle.handedUpTo(client.device, conversation);
      if (cursor < entries.length) return `device ${client.device} has ${cursor} of ${entries.length} entries of ${conversation}`;
    }
  }
  for (let partition = 0; partition < system.schedule.partitions; partition++) {
    const end = system.bus.log('messages', partition).length;
    const position = system.bus.position('dispatch', 'messages', partition) ?? 0;
    if (position < end) return `dispatch is at ${position} of ${end} in partition ${partition}`;
  }
  for (const { number } of system.gateways) {
    const end = system.bus.log('deliveries', number).length;
    const position = system.bus.position('relay', 'deliveries', number) ?? 0;
    if (position < end) return `relay ${number} is at ${position} of ${end}`;
  }
  return undefined;
}

export function storedAsDecided(system: System): void {
  for (const [conversation, { state, entries }] of system.oracle.conversations) {
    const stored = system.time.settled(system.store.conversations([conversation])).get(conversation);
    if (stored?.lastSequence !== state.lastSequence || stored.members.join() !== state.members.join()) {
      system.oracle.violated(`conversation ${conversation} is stored as ${JSON.stringify(stored)}, and must be ${JSON.stringify(state)}`);
      continue;
    }
    const [reader] = state.members;
    if (reader === undefined) continue;
    const page = system.time.settled(system.store.entries(reader, conversation, 1, entries.length, 256, 1e6));
    const ids = 'entries' in page ? page.entries.map((entry) => Buffer.from(entry.id).toString('hex')).join() : '';
    if (ids !== entries.map(({ id }) => id).join())
      system.oracle.violated(`the entries of conversation ${conversation} are not those of its log`);
  }
}
