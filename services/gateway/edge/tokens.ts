/**
 * Tokens at the upgrade: where they may stand, and whether they are good. Synchronous throughout: after an awaited check a
 * client that has gone can't be upgraded any more. Signatures and times by fast-jwt; claims here.
 */
import { createVerifier } from 'fast-jwt';
import type { ErrorName } from '../../protocol/error-codes.ts';
import { SUBPROTOCOLS, TOKEN_SUBPROTOCOL_PREFIX } from '../../protocol/frame-table.ts';
import { DEVICES_PER_USER, type DeviceKey, deviceKey, MAX_USER } from '../../protocol/ids.ts';
import { LIMITS } from '../../protocol/limits.ts';

export interface TokenKey {
  readonly kid: string;
  readonly algorithm: 'EdDSA' | 'HS256';
  /** PEM of the public key for EdDSA, base64url of the secret for HS256. */
  readonly key: string;
}

/** Tokens that no longer count: all of a user (or of one device) issued before a time. */
export interface Revocation {
  readonly user: number;
  readonly device?: number;
  readonly issuedBefore: number;
}

export interface UpgradeHeaders {
  readonly authorization: string | null;
  readonly subprotocols: string | null;
  readonly cookie: string | null;
  readonly origin: string | null;
}

export interface Identity {
  readonly ok: true;
  readonly device: DeviceKey;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export type NotIdentified = { readonly ok: false; readonly error: ErrorName };

const COOKIE = 'parley_token';
const MAX_KEYS = 64;

type Verify = (token: string) => { sub?: unknown; dev?: unknown; iat?: unknown; exp?: unknown };

export class Tokens {
  private readonly clockSkewSeconds: number;
  private readonly allowedOrigins: ReadonlySet<string>;
  private verifiers = new Map<string, Verify>();
  private revocations = new Map<number, number>();
  private lastHeader = '';
  private lastKeyId: string | undefined;

  constructor(options: { readonly clockSkewSeconds: number; readonly allowedOrigins: readonly string[] }) {
    this.clockSkewSeconds = options.clockSkewSeconds;
    this.allowedOrigins = new Set(options.allowedOrigins);
  }

  /** The keys that count from now on; tokens of other keys are refused. */
  useKeys(keys: readonly TokenKey[]): void {
    this.verifiers = new Map(
      keys.slice(-MAX_KEYS).map((key) => [
        key.kid,
        createVerifier({
          key: key.algorithm === 'HS256' ? Buffer.from(key.key, 'base64url') : key.key,
          algorithms: [key.algorithm],
          clockTolerance: this.clockSkewSeconds * 1_000,
          cache: false,
        }) as Verify,
      ]),
    );
  }

  revoke(revocations: readonly Revocation[]): void {
    this.revocations = new Map(
      revocations.map(({ user, device, issuedBefore }) => [device === undefined ? -1 - user : deviceKey(user, device), issuedBefore]),
    );
  }

  isRevoked(device: DeviceKey, issuedAt: number): boolean {
    if (this.revocations.size === 0) return false;
    const user = Math.floor(device / DEVICES_PER_USER);
    return issuedAt < (this.revocations.get(device) ?? 0) || issuedAt < (this.revocations.get(-1 - user) ?? 0);
  }

  identify(headers: UpgradeHeaders): Identity | NotIdentified {
    const token = this.find(headers);
    if (typeof token !== 'string') return token;
    if (token.length > LIMITS.tokenBytes.value) return UNAUTHENTICATED;
    const verify = this.verifiers.get(this.keyIdOf(token) ?? '');
    if (verify === undefined) return UNAUTHENTICATED;
    try {
      return this.check(verify(token));
    } catch {
      return UNAUTHENTICATED;
    }
  }

  private check(claims: ReturnType<Verify>): Identity | NotIdentified {
    const user = typeof claims.sub === 'string' && /^\d{1,14}$/.test(claims.sub) ? Number(claims.sub) : -1;
    const { dev, iat, exp } = claims;
    if (user < 0 || user > MAX_USER) return UNAUTHENTICATED;
    if (!Number.isInteger(dev) || (dev as number) < 0 || (dev as number) >= DEVICES_PER_USER) return UNAUTHENTICATED;
    if (!Number.isInteger(iat) || !Number.isInteger(exp) || (exp as number) > 0xffff_ffff || (iat as number) < 0) return UNAUTHENTICATED;
    const device = deviceKey(user, dev as number);
    if (this.isRevoked(device, iat as number)) return { ok: false, error: 'revoked' };
    return { ok: true, device, issuedAt: iat as number, expiresAt: exp as number };
  }

  /** `kid` of a token's header. Tokens of one key share their header, so the last one is remembered. */
  private keyIdOf(token: string): string | undefined {
    const dot = token.indexOf('.');
    if (dot < 0 || dot > 512) return undefined;
    const header = token.slice(0, dot);
    if (header === this.lastHeader) return this.lastKeyId;
    try {
      const parsed = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid?: unknown };
      this.lastKeyId = typeof parsed.kid === 'string' ? parsed.kid : undefined;
      this.lastHeader = header;
      return this.lastKeyId;
    } catch {
      return undefined;
    }
  }

  private find(headers: UpgradeHeaders): string | NotIdentified {
    if (headers.authorization?.startsWith('Bearer ')) return headers.authorization.slice(7);
    const entry = headers.subprotocols?.split(',').find((part) => part.trim().startsWith(TOKEN_SUBPROTOCOL_PREFIX));
    if (entry !== undefined) return entry.trim().slice(TOKEN_SUBPROTOCOL_PREFIX.length);
    const cookie = headers.cookie?.split(';').find((part) => part.trim().startsWith(`${COOKIE}=`));
    if (cookie === undefined) return UNAUTHENTICATED;
    // A browser sends cookies from any page: only the application's own origins may use one.
    if (headers.origin === null || !this.allowedOrigins.has(headers.origin)) return { ok: false, error: 'forbiddenOrigin' };
    return cookie.trim().slice(COOKIE.length + 1);
  }
}

const UNAUTHENTICATED: NotIdentified = { ok: false, error: 'unauthenticated' };

/** Newest version of the protocol that the client offers and this edge speaks. */
export function agreeSubprotocol(offered: string | null): string | undefined {
  const entries = offered?.split(',').map((part) => part.trim()) ?? [];
  return SUBPROTOCOLS.findLast((version) => entries.includes(version));
}
