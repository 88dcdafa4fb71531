/**
 * Tokens for test users, signed as the boxes of a cell sign theirs: the key of a period is made of the region's secret
 * (services/gateway/region-keys.ts), so that a script that runs for hours always has one that counts.
 */
import { hmac } from 'k6/crypto';
import { b64encode } from 'k6/encoding';

export function resumeToken(secret: ArrayBuffer, user: number, periodSeconds: number, nowMs: number): string {
  const period = Math.floor(nowMs / (periodSeconds * 1_000));
  const key = hmac('sha256', secret, `parley resume key ${periodSeconds} ${period}`, 'binary');
  const kid = `region-${period}-${hmac('sha256', key, 'name', 'hex').slice(0, 12)}`;
  const iat = Math.floor(nowMs / 1_000);
  const header = b64encode(JSON.stringify({ alg: 'HS256', typ: 'JWT', kid }), 'rawurl');
  const claims = b64encode(JSON.stringify({ sub: String(user), dev: 0, iat, exp: iat + periodSeconds }), 'rawurl');
  return `${header}.${claims}.${hmac('sha256', key, `${header}.${claims}`, 'base64rawurl')}`;
}
