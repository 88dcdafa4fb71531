/** How a request to Kafka failed: the protocol's number, or that there was no answer. */
import { BackendError } from '../runtime/backend-error.ts';

/** Numbers of the protocol that the bus tells apart. */
export const CODES = {
  noAnswer: -1_000,
  refused: -1_001,
  offsetOutOfRange: 1,
  messageTooLarge: 10,
  recordsTooLarge: 18,
  illegalGeneration: 22,
  unknownMember: 25,
  rebalanceInProgress: 27,
  topicExists: 36,
  outOfOrderSequence: 45,
  duplicateSequence: 46,
  invalidProducerEpoch: 47,
  unknownProducer: 59,
  fencedMember: 82,
} as const;

/** It may heal: who leads or coordinates has changed, replicas are missing, something is loading, nobody answered. */
const HEALING = new Set<number>([CODES.noAnswer, 3, 5, 6, 7, 8, 9, 13, 14, 15, 16, 19, 20, 41, 51, 56, 72, 74, 75, 100, 103]);

export class KafkaFailure extends Error {
  readonly code: number;

  constructor(code: number, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'KafkaFailure';
    this.code = code;
  }
}

export function codeOf(error: unknown): number {
  return error instanceof KafkaFailure ? error.code : CODES.refused;
}

export function heals(code: number): boolean {
  return HEALING.has(code);
}

/** The member is not, or no longer, what its request says. */
export function isFencing(code: number): boolean {
  return code === CODES.illegalGeneration || code === CODES.unknownMember || code === CODES.fencedMember;
}

/** For callers of the bus. */
export function asBackendError(error: unknown, doing: string): BackendError {
  if (error instanceof BackendError) return error;
  const code = codeOf(error);
  const message = `${doing}: ${error instanceof Error ? error.message : String(error)}`;
  if (code === CODES.noAnswer) return new BackendError('unavailable', message, true, error);
  return new BackendError(heals(code) ? 'notNow' : 'kafka', message, heals(code), error);
}
