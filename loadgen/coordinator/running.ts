/** Whether a process is there and no zombie: one that nobody has waited for yet has ended all the same. */
import { readFileSync } from 'node:fs';

export function isRunning(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
