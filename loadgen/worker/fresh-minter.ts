/** Mints with the keys as they are now: a box renews its region key, so the file is read again when it has changed. */
import { statSync } from 'node:fs';
import { type MintToken, readKeys, type TokenAlgorithm, tokenMinter } from '../client/token.ts';

const LOOK_AGAIN_MS = 5_000;

export function freshMinter(keysFile: string, algorithm: TokenAlgorithm, tokenSeconds: number): (user: number, device: number) => string {
  let mint: MintToken = tokenMinter(readKeys(keysFile), algorithm, tokenSeconds);
  let changedMs = statSync(keysFile).mtimeMs;
  let lookedMs = Date.now();
  return (user, device) => {
    const nowMs = Date.now();
    if (nowMs - lookedMs > LOOK_AGAIN_MS) {
      lookedMs = nowMs;
      const nowChangedMs = statSync(keysFile).mtimeMs;
      if (nowChangedMs !== changedMs) {
        changedMs = nowChangedMs;
        mint = tokenMinter(readKeys(keysFile), algorithm, tokenSeconds);
      }
    }
    return mint(user, device, Math.floor(nowMs / 1_000));
  };
}
