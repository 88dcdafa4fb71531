/**
 * Tokens at the upgrade: where they may stand, and whether they are good. Synchronous throughout: after an awaited check a
 * client that has gone can't be upgraded any more. Signatures and times in `token-signature.ts`; claims here.
 */
import type { ErrorName } from '../../protocol/error-codes.ts';
import { SUBPROTOCOLS, TOKEN_SUBPROTOCOL_PREFIX } from '../../protocol/frame-table.ts';
import { DEVICES_PER_USER, type DeviceKey, deviceKey, MAX_USER } from '../../protocol/ids.ts';
import { LIMITS } from '../../protocol/limits.ts';
import { type Claims, type TokenKey, TokenSignatures } from './token-signature.ts';

/** Tokens that no longer count: all of a user (or of one device) issued before a time. */
export interface Revocation {
  readonly user: number;
  readonly device?: number;
  readonly issuedBefore: number;
}

/** The headers of an upgrade, each read when it is needed: reading costs. Names in lower case. */
export type UpgradeHeaders = (name: 'authorization' | 'sec-websocket-protocol' | 'cookie' | 'origin') => string | null;

export interface Identity {
  readonly ok: true;
  readonly device: DeviceKey;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export type NotIdentified = { readonly ok: false; readonly error: ErrorName };

const COOKIE = 'parley_token';
const MAX_KEYS = 64;

export class Tokens {
  private readonly clockSkewSeconds: number;
  private readonly allowedOrigins: ReadonlySet<string>;
  private signatures = new TokenSignatures([]);
  private revocations = new Map<number, number>();

  constructor(options: { readonly clockSkewSeconds: number; readonly allowedOrigins: readonly string[] }) {
    this.clockSkewSeconds = options.clockSkewSeconds;
    this.allowedOrigins = new Set(options.allowedOrigins);
  }

  /** The keys that count from now on; tokens of other keys are refused. */
  useKeys(keys: readonly TokenKey[]): void {
    this.signatures = new TokenSignatures(keys.slice(-MAX_KEYS));
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

  identify(headers: UpgradeHeaders, nowMs: number): Identity | NotIdentified {
    const token = this.find(headers);
    if (typeof token !== 'string') return token;
    if (token.length > LIMITS.tokenBytes.value) return UNAUTHENTICATED;
    const claims = this.signatures.claims(token, Math.floor(nowMs / 1_000), this.clockSkewSeconds);
    return claims === undefined ? UNAUTHENTICATED : this.check(claims);
  }

  private check(claims: Claims): Identity | NotIdentified {
    const user = typeof claims.sub === 'string' && /^\d{1,14}$/.test(claims.sub) ? Number(claims.sub) : -1;
    const { dev, iat, exp } = claims;
    if (user < 0 || user > MAX_USER) return UNAUTHENTICATED;
    if (!Number.isInteger(dev) || (dev as number) < 0 || (dev as number) >= DEVICES_PER_USER) return UNAUTHENTICATED;
    if (!Number.isInteger(iat) || !Number.isInteger(exp) || (exp as number) > 0xffff_ffff || (iat as number) < 0) return UNAUTHENTICATED;
    const device = deviceKey(user, dev as number);
    if (this.isRevoked(device, iat as number)) return { ok: false, error: 'revoked' };
    return { ok: true, device, issuedAt: iat as number, expiresAt: exp as number };
  }

  private find(headers: UpgradeHeaders): string | NotIdentified {
    const authorization = headers('authorization');
    // The name of a scheme has no case [RFC 9110 §11.1].
    if (authorization !== null && /^bearer /i.test(authorization)) return authorization.slice(7);
    const entry = headers('sec-websocket-protocol')
      ?.split(',')
      .find((part) => part.trim().startsWith(TOKEN_SUBPROTOCOL_PREFIX));
    if (entry !== undefined) return entry.trim().slice(TOKEN_SUBPROTOCOL_PREFIX.length);
    const cookie = headers('cookie')
      ?.split(';')
      .find((part) => part.trim().startsWith(`${COOKIE}=`));
    if (cookie === undefined) return UNAUTHENTICATED;
    // A browser sends cookies from any page: only the application's own origins may use one.
    const origin = headers('origin');
    if (origin === null || !this.allowedOrigins.has(origin)) return { ok: false, error: 'forbiddenOrigin' };
    return cookie.trim().slice(COOKIE.length + 1);
  }
}

const UNAUTHENTICATED: NotIdentified = { ok: false, error: 'unauthenticated' };

/** Newest version of the protocol that the client offers and this edge speaks. */
export function agreeSubprotocol(offered: string | null): string | undefined {
  if (offered === SUBPROTOCOLS[SUBPROTOCOLS.length - 1]) return offered;
  const entries = offered?.split(',').map((part) => part.trim()) ?? [];
  return SUBPROTOCOLS.findLast((version) => entries.includes(version));
}
