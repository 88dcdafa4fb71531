/**
 * What travels on the bus, with the version that every record starts with. Readers accept those of versions.ts and
 * nothing else. The shapes are here; `record-codec.ts` has the bytes.
 */
import type { ConversationId, DeviceKey, UserId } from '../protocol/ids.ts';

export const MAX_GATEWAY = 65_535;
export const MAX_EDGE = 65_535;
export const MAX_CONNECTION = 0xffff_ffff;

/** Where an answer goes: a session of a gateway. `connection` carries its own generation, so a reused slot is another. */
export interface SessionAddress {
  readonly gateway: number;
  readonly edge: number;
  readonly connection: number;
}

export interface DeviceBody {
  /** 0: for every device that has no body of its own. */
  readonly device: DeviceKey;
  readonly body: Uint8Array;
}

interface FromDevice {
  readonly conversation: ConversationId;
  /** Made by the client; belongs to (from, conversation). */
  readonly id: Uint8Array;
  readonly from: DeviceKey;
  readonly replyTo: SessionAddress;
}

/** On `messages`: what a device asks of a conversation. The log's order decides. */
export type MessageRecord =
  | (FromDevice & { readonly kind: 'send'; readonly contentType: number; readonly bodies: readonly DeviceBody[] })
  /** `conversation` is `conversationOfCreate`. `members` may leave out the creator. */
  | (FromDevice & { readonly kind: 'create'; readonly members: readonly UserId[] })
  | (FromDevice & { readonly kind: 'addMember' | 'removeMember'; readonly user: UserId })
  | (FromDevice & { readonly kind: 'leave' });

/** On `receipts`: a device has, or its user has read, everything up to `sequence`. */
export interface ReceiptRecord {
  readonly kind: 'delivered' | 'read';
  readonly conversation: ConversationId;
  readonly from: DeviceKey;
  readonly sequence: number;
}

/**
 * A session on the gateway of the record. `device`: whose it was when the route was read; a connection's number comes again
 * when its edge is started again, and what is still in the log must not reach who has it then. 0 in records of version 1.
 */
export interface AddressedSession {
  readonly edge: number;
  readonly connection: number;
  readonly device: DeviceKey;
}

/** `body` indexes the entry's bodies; their count: none for this device. */
export interface RecipientSession extends AddressedSession {
  readonly body: number;
}

/** One entry of a conversation's log, as stored. `sender` is the device that caused it. */
export interface LogEntry {
  readonly conversation: ConversationId;
  readonly sequence: number;
  /** ENTRY_KINDS of the protocol. */
  readonly kind: number;
  readonly sender: DeviceKey;
  readonly id: Uint8Array;
  readonly loggedAtMs: number;
  readonly contentType: number;
  readonly bodies: readonly DeviceBody[];
}

/**
 * On `deliveries`: one per entry and gateway, the refusal of one, or how far a member has received or read. `origin` gets
 * SEQUENCED (or CREATED), not DELIVER. A repeated id is answered by an entry without sessions and bodies.
 */
export type DeliveryRecord =
  | { readonly kind: 'entry'; readonly entry: LogEntry; readonly sessions: readonly RecipientSession[]; readonly origin?: OriginSession }
  | {
      readonly kind: 'rejection';
      readonly conversation: ConversationId;
      readonly id: Uint8Array;
      readonly origin: OriginSession;
      /** Code of ERROR_CODES. */
      readonly code: number;
      readonly retryAfterMs: number;
    }
  | {
      readonly kind: 'receipt';
      readonly conversation: ConversationId;
      /** The member who has received or read everything up to `sequence`. */
      readonly user: UserId;
      readonly receipt: 'delivered' | 'read';
      readonly sequence: number;
      readonly sessions: readonly AddressedSession[];
    };

/** The session that asked, and its device. */
export type OriginSession = AddressedSession;
