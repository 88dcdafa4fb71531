/** Keeps wishes about read receipts beside the log: a line for each, in its file before it counts. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { PrivacyHistory, type PrivacyWish } from './privacy-history.ts';

/** What is read is trusted as it stands, but for a last line that a kill cut: it was never acknowledged. */
export function openPrivacyFile(path: string): PrivacyHistory {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  const wishes = lines.flatMap((line) => wishOf(line) ?? []);
  // A line begins with its break: what a kill cut stays a line of its own.
  return new PrivacyHistory(wishes, ({ user, withhold, atMs }) => {
    appendFileSync(path, `\n${user} ${withhold ? 'withhold' : 'show'} ${atMs} .`, { mode: 0o600 });
  });
}

function wishOf(line: string): PrivacyWish | undefined {
  const [user, wish, atMs, end] = line.split(' ');
  return end === '.' ? { user: Number(user), withhold: wish === 'withhold', atMs: Number(atMs) } : undefined;
}
