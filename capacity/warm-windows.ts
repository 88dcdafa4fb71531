/**
 * A run without what is no cost of each operation: processes compile their code and make their heaps first. Handshakes count
 * from the first checkpoint on, messages without their first window where there is another.
 */
import type { CpuWindow, RunRecord } from './run-record.ts';

export function warmRun(record: RunRecord): RunRecord {
  return { ...record, cpuWindows: record.cpuWindows.filter((window) => isWarm(record, window)) };
}

function isWarm(record: RunRecord, window: CpuWindow): boolean {
  if (window.name === 'chat') {
    const chat = record.cpuWindows.filter((one) => one.name === 'chat');
    return window !== chat[0] || chat.length === 1;
  }
  if (window.name !== 'handshake') return true;
  const first = record.checkpoints.find((point) => point.connections > 0);
  // Two clocks of whole milliseconds may differ by one.
  return first === undefined || window.startMs >= first.tMs - 1;
}
