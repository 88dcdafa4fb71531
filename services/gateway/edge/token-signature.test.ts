import { expect, test } from 'bun:test';
import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { createSigner, createVerifier } from 'fast-jwt';
import { TokenSignatures } from './token-signature.ts';

const secret = Buffer.alloc(32, 7);
const pair = generateKeyPairSync('ed25519');
const privateKey = pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
const publicKey = pair.publicKey.export({ format: 'pem', type: 'spki' }).toString();

const own = new TokenSignatures([
  { kid: 'h', algorithm: 'HS256', key: secret.toString('base64url') },
  { kid: 'e', algorithm: 'EdDSA', key: publicKey },
]);
const NOW_SECONDS = 1_800_000_000;
const library = (algorithm: 'HS256' | 'EdDSA') =>
  createVerifier({
    key: algorithm === 'HS256' ? secret : publicKey,
    algorithms: [algorithm],
    clockTolerance: 5_000,
    clockTimestamp: NOW_SECONDS * 1_000,
    requiredClaims: ['exp', 'iat'],
    cache: false,
  });
const verifiers = { h: library('HS256'), e: library('EdDSA') };
const signers = {
  h: createSigner({ key: secret, algorithm: 'HS256', kid: 'h' }),
  e: createSigner({ key: privateKey, algorithm: 'EdDSA', kid: 'e' }),
};

function libraryTakes(kid: 'h' | 'e', token: string): boolean {
  try {
    verifiers[kid](token);
    return true;
  } catch {
    return false;
  }
}

test('takes and refuses tokens of any times as fast-jwt does', () => {
  const offset = fc.integer({ min: -20, max: 20 });
  fc.assert(
    fc.property(fc.constantFrom('h' as const, 'e' as const), offset, offset, fc.option(offset), fc.string(), (kid, exp, iat, nbf, sub) => {
      const payload = { sub, dev: 1, iat: NOW_SECONDS + iat, exp: NOW_SECONDS + exp, ...(nbf === null ? {} : { nbf: NOW_SECONDS + nbf }) };
      const token = signers[kid](payload);
      const claims = own.claims(token, NOW_SECONDS, 5);
      // At the edges the library counts in ms and with other signs; one second either way is no difference for a token.
      const atEdge = Math.abs(exp + 5) <= 1 || Math.abs((nbf ?? 0) - 5) <= 1;
      // The library does not look at an iat in the future; this does.
      if (!atEdge && iat <= 4) expect(claims !== undefined).toBe(libraryTakes(kid, token));
      if (claims !== undefined) expect(claims).toEqual(payload);
    }),
    { numRuns: 300 },
  );
});

test('a token changed in any one place is refused, as fast-jwt does', () => {
  for (const kid of ['h', 'e'] as const) {
    const token = signers[kid]({ sub: '7', dev: 1, iat: NOW_SECONDS, exp: NOW_SECONDS + 60 });
    expect(own.claims(token, NOW_SECONDS, 5)).toBeDefined();
    for (let at = 0; at < token.length; at++) {
      // The last character of a part may carry bits that base64url ignores.
      if (at === token.length - 1 || token[at + 1] === '.' || token[at] === '.') continue;
      const changed = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
      expect(own.claims(changed, NOW_SECONDS, 5)).toBeUndefined();
      expect(libraryTakes(kid, changed)).toBe(false);
    }
  }
});

test('only the algorithm of the key counts: a public key is no HS256 secret', () => {
  const forged = createSigner({ key: Buffer.from(publicKey), algorithm: 'HS256', kid: 'e' })({
    sub: '7',
    iat: NOW_SECONDS,
    exp: NOW_SECONDS + 60,
  });
  expect(own.claims(forged, NOW_SECONDS, 5)).toBeUndefined();
});

test.each([
  ['no end', { sub: '7', iat: NOW_SECONDS, exp: undefined }],
  ['an end that is no number', { sub: '7', iat: NOW_SECONDS, exp: 'later' }],
  ['a start that is no number', { sub: '7', iat: 'soon', exp: NOW_SECONDS + 60 }],
])('a token with %s is refused', (_, payload) => {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${encode({ alg: 'HS256', kid: 'h' })}.${encode(payload)}`;
  const hasher = new Bun.CryptoHasher('sha256', secret);
  expect(own.claims(`${text}.${hasher.update(text).digest('base64url')}`, NOW_SECONDS, 5)).toBeUndefined();
});

test('anything else is refused and nothing throws', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (a, b, c) => {
      expect(own.claims(`${a}.${b}.${c}`, NOW_SECONDS, 5)).toBeUndefined();
      expect(own.claims(a, NOW_SECONDS, 5)).toBeUndefined();
    }),
  );
});
