/** A trace for people: a few lines and a table of its steps. */
import { errorName } from '../protocol/error-codes.ts';
import type { Trace } from './trace.ts';

const timeOf = (ms: number) => new Date(ms).toISOString();
const SHOWN_USERS = 20;

export function traceText(trace: Trace): string {
  const rows: string[][] = [['time', 'step', 'where', '']];
  trace.records.forEach((record, index) => {
    const what = index === 0 ? `${record.kind} logged` : `${record.kind} repeated`;
    const from = `user ${record.user} device ${record.device} by gateway ${record.gateway}`;
    rows.push([timeOf(record.loggedAtMs), what, `messages/${record.partition} at ${record.offset}`, from]);
  });
  const { outcome } = trace;
  if (outcome !== undefined) {
    const what = 'code' in outcome ? `rejected: ${errorName(outcome.code) ?? outcome.code}` : `sequence ${outcome.sequence}`;
    rows.push(['', 'decided', `conversation ${trace.records[0]!.conversation}`, what]);
  }
  for (const { loggedAtMs, kind, gateway, offset, sessions, answersSender, handed } of trace.deliveries) {
    const whom = [...(sessions > 0 ? [`${sessions} sessions`] : []), ...(answersSender ? ['the sender'] : [])].join(' and ');
    rows.push([
      timeOf(loggedAtMs),
      `${kind} delivery`,
      `deliveries/${gateway} at ${offset}`,
      `${whom}, ${handed ? 'handed out' : 'waits'}`,
    ]);
  }
  for (const { user, delivered, read } of trace.users.slice(0, SHOWN_USERS)) {
    rows.push(['', 'receipt', `user ${user}`, read ? 'read' : delivered ? 'delivered' : 'none']);
  }
  if (trace.users.length > SHOWN_USERS) rows.push(['', 'receipt', `${trace.users.length - SHOWN_USERS} more users`, '']);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const incomplete = trace.complete ? [] : ['A log was not read to its end in time: something may be missing here.'];
  const table = trace.records.length === 0 ? [] : [...lines, ''];
  return [`message ${trace.id}`, '', ...table, `now: ${trace.where}`, ...incomplete].join('\n');
}
