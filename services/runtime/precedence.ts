/**
 * Lets a process go before others in the queue for the processors, where the machine allows it (CAP_SYS_NICE); elsewhere it
 * stays as it is. For the few that many wait for: of sixty processes on two cores each may wait its turn for a second.
 */
import { setPriority } from 'node:os';

/** Of the relay and the backends: every message of the box passes them, and they are few. */
export const BEFORE_EDGES = -10;
/** Of what measures: its waiting must not be taken for the system's. */
export const BEFORE_ALL = -15;

/** True when it was granted. */
export function goBefore(pid: number, niceness: number): boolean {
  try {
    setPriority(pid, niceness);
    return true;
  } catch {
    return false;
  }
}
