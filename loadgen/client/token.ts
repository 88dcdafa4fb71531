/**
 * Mints test tokens for the connections of a run: HS256 as a region would for itself, EdDSA as an identity service would.
 * The load engine's own few lines, since a token per connection is part of what the generator costs.
 */
import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';

export type TokenAlgorithm = 'HS256' | 'EdDSA';

/** `keys.json` of a box. */
export interface BoxKeys {
  readonly region: { readonly kid: string; readonly secretBase64Url: string };
  /** Left out where only the region's secret is known: then no user's token can be made. */
  readonly user?: { readonly kid: string; readonly privateKeyPem: string };
}

/** `nowSeconds`: of the wall clock. The token is valid from now for the life that the minter was made with. */
export type MintToken = (user: number, device: number, nowSeconds: number) => string;

export function readKeys(path: string): BoxKeys {
  return JSON.parse(readFileSync(path, 'utf8')) as BoxKeys;
}

export function tokenMinter(keys: BoxKeys, algorithm: TokenAlgorithm, lifeSeconds: number): MintToken {
  const { region, user } = keys;
  if (algorithm === 'EdDSA' && user === undefined) throw new Error('these keys have none of users');
  const kid = algorithm === 'HS256' ? region.kid : user!.kid;
  const header = Buffer.from(JSON.stringify({ alg: algorithm, typ: 'JWT', kid })).toString('base64url');
  const seal = algorithm === 'HS256' ? hmacSeal(region.secretBase64Url) : edwardsSeal(user!.privateKeyPem);
  return (user, device, nowSeconds) => {
    const claims = `{"sub":"${user}","dev":${device},"iat":${nowSeconds},"exp":${nowSeconds + lifeSeconds}}`;
    const signed = `${header}.${Buffer.from(claims, 'latin1').toString('base64url')}`;
    return `${signed}.${seal(signed)}`;
  };
}

function hmacSeal(secretBase64Url: string): (signed: string) => string {
  const secret = Buffer.from(secretBase64Url, 'base64url');
  return (signed) => new Bun.CryptoHasher('sha256', secret).update(signed).digest('base64url');
}

function edwardsSeal(privateKeyPem: string): (signed: string) => string {
  const key = createPrivateKey(privateKeyPem);
  return (signed) => sign(null, Buffer.from(signed, 'latin1'), key).toString('base64url');
}
