/**
 * Mutual proof that both ends of a link know the same secret, before any other frame. The secret never travels.
 *
 *   server → client   server nonce:16
 *   client → server   HMAC(secret, "client" server nonce):32  client nonce:16
 *   server → client   HMAC(secret, "server" client nonce):32  incarnation:8
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const NONCE_BYTES = 16;
const PROOF_BYTES = 32;

export type AuthStep = { readonly send?: Uint8Array; readonly done?: { readonly incarnation: string }; readonly failed?: string };

function proof(secret: Uint8Array, role: 'client' | 'server', nonce: Uint8Array): Uint8Array {
  return createHmac('sha256', secret).update(role).update(nonce).digest();
}

function matches(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

export class ServerAuth {
  private readonly secret: Uint8Array;
  private readonly incarnation: Uint8Array;
  private readonly nonce = randomBytes(NONCE_BYTES);

  /** `incarnation`: 8 bytes that differ each time the server starts. */
  constructor(secret: Uint8Array, incarnation: Uint8Array) {
    this.secret = secret;
    this.incarnation = incarnation;
  }

  hello(): Uint8Array {
    return this.nonce;
  }

  receive(payload: Uint8Array): AuthStep {
    if (payload.length !== PROOF_BYTES + NONCE_BYTES) return { failed: 'proof of the wrong length' };
    if (!matches(payload.subarray(0, PROOF_BYTES), proof(this.secret, 'client', this.nonce)))
      return { failed: 'the peer does not know the secret' };
    const answer = new Uint8Array(PROOF_BYTES + this.incarnation.length);
    answer.set(proof(this.secret, 'server', payload.subarray(PROOF_BYTES)));
    answer.set(this.incarnation, PROOF_BYTES);
    return { send: answer, done: { incarnation: Buffer.from(this.incarnation).toString('hex') } };
  }
}

export class ClientAuth {
  private readonly secret: Uint8Array;
  private readonly nonce = randomBytes(NONCE_BYTES);
  private proved = false;

  constructor(secret: Uint8Array) {
    this.secret = secret;
  }

  receive(payload: Uint8Array): AuthStep {
    if (!this.proved) {
      if (payload.length !== NONCE_BYTES) return { failed: 'nonce of the wrong length' };
      this.proved = true;
      return { send: Buffer.concat([proof(this.secret, 'client', payload), this.nonce]) };
    }
    if (payload.length <= PROOF_BYTES) return { failed: 'answer of the wrong length' };
    if (!matches(payload.subarray(0, PROOF_BYTES), proof(this.secret, 'server', this.nonce)))
      return { failed: 'the server does not know the secret' };
    return { done: { incarnation: Buffer.from(payload.subarray(PROOF_BYTES)).toString('hex') } };
  }
}
