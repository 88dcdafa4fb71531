/**
 * Lets a process go before others in the queue for the processors, where the machine allows it (CAP_SYS_NICE); elsewhere it
 * stays as it is. For the few that many wait for: of sixty processes on two cores each may wait its turn for a second.
 *
 * Linux shares the processors among sessions first (autogroups, sched(7)) and by niceness only within one. So the session's
 * niceness is set too: a load engine of 26 processes in one session was seen to get the share of a single edge.
 */
import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Of the relay and the backends: every message of the box passes them, and they are few. */
export const BEFORE_EDGES = -10;
/** Of what measures: its waiting must not be taken for the system's. */
export const BEFORE_ALL = -15;

/** True when it was granted. */
export function goBefore(pid: number, niceness: number): boolean {
  try {
    setPriority(pid, niceness);
  } catch {
    return false;
  }
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(niceness));
  } catch {
    // A kernel without autogroups, or one that asks not to be asked twice in a tenth of a second: the group has it by then.
  }
  return true;
}
