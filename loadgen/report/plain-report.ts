/** The report as lines for a terminal, as Markdown, and as one JSON document for machines. */
import type { CpuCost } from '../../capacity/cpu-bill.ts';
import { bytesText, bytesWithErrorText, percentText, text } from '../../capacity/quantity-text.ts';
import { type ClaimVerdict, verdictLines } from '../../capacity/verdict.ts';
import type { Assessment } from './assessment.ts';
import { equationsOf } from './equations.ts';

/** The verdict lines first: a line a claim, and after them what they rest on. */
export function plainLines(assessment: Assessment): readonly string[] {
  return [...verdictLines(assessment.verdicts), ...detailLines(assessment)];
}

function detailLines(assessment: Assessment): readonly string[] {
  const { memory, cpu, record, predicted } = assessment;
  const lines: string[] = [];
  if ('unfit' in memory) lines.push(`memory: ${memory.unfit}`);
  else {
    const ends = memory.client === undefined ? '' : `, both ends ${bytesWithErrorText(memory.whole.mid, memory.whole.error)}`;
    const items = memory.items.filter((item) => item.side === 'server' && Math.abs(item.bytesPerConnection.mid) >= 1);
    lines.push(`memory: box ${bytesWithErrorText(memory.server.mid, memory.server.error)} a connection${ends}`);
    lines.push(`  ${items.map((item) => `${item.name} ${text(item.bytesPerConnection.mid)}`).join(' + ')} B`);
  }
  for (const cost of cpu.costs) lines.push('missing' in cost ? `cpu: ${cost.operation}: ${cost.missing}` : cpuLine(cost));
  for (const { name, whole, parts, closes } of equationsOf(record)) {
    if (whole.count === 0) continue;
    const sum = parts.filter((part) => part.count > 0).map((part) => `${text(part.count)} ${part.name}`);
    lines.push(`${name}: ${text(whole.count)} ${whole.name} = ${sum.join(' + ')}${closes ? '' : '  DOES NOT CLOSE'}`);
  }
  if (predicted !== undefined) lines.push(predictionLine(predicted));
  for (const doubt of assessment.doubts) lines.push(`doubt: ${doubt.text}`);
  for (const problem of record.problems)
    lines.push(`problem of the ${problem.whose} at ${(problem.tMs / 1_000).toFixed(1)} s: ${problem.text}`);
  return lines;
}

function cpuLine(cost: CpuCost): string {
  const each = cost.deliveriesEach === 0 ? '' : `, ${cost.deliveriesEach.toFixed(1)} deliveries each`;
  return `cpu: ${cost.operation} ${cost.gatewayUs.toFixed(1)} us gateway + ${cost.embeddedUs.toFixed(1)} us embedded; load engine ${cost.clientUs.toFixed(1)} us (${text(cost.perSecond)}/s${each})`;
}

function predictionLine({ by, check }: NonNullable<Assessment['predicted']>): string {
  if ('unfit' in check) return `predicted by ${by}: ${check.unfit}`;
  const sign = check.errorShare < 0 ? '−' : '+';
  return `predicted by ${by} at ${text(check.connections)}: ${bytesText(check.predictedBytes.mid)}; measured ${bytesText(check.measuredBytes)} (${sign}${percentText(Math.abs(check.errorShare))})`;
}

export function markdownReport(assessment: Assessment): string {
  const rows = assessment.verdicts.map(
    ({ claim, verdict, reason }) => `| ${claim.name} | ${text(claim.value)} | **${verdict}** | ${reason.replaceAll('|', '\\|')} |`,
  );
  const details = detailLines(assessment).map((line) => (line.startsWith('  ') ? line : `- ${line}`));
  return [
    `## ${assessment.record.id}`,
    '',
    '| claim | value | verdict | |',
    '| --- | ---: | --- | --- |',
    ...rows,
    '',
    ...details,
    '',
    `\`npx parley ${assessment.record.command.join(' ')}\``,
    '',
  ].join('\n');
}

export function jsonReport(assessment: Assessment): string {
  const { record, memory, cpu, doubts, predicted } = assessment;
  const verdict = ({ claim, verdict, reason }: ClaimVerdict) => ({
    claim: claim.id,
    value: claim.value,
    forSeconds: claim.forSeconds,
    verdict,
    reason,
  });
  const document = {
    schema: 1,
    run: record.id,
    complete: record.complete,
    exitCode: assessment.exitCode,
    verdicts: assessment.verdicts.map(verdict),
    memory,
    cpu,
    sums: equationsOf(record),
    doubts: doubts.map((doubt) => doubt.text),
    problems: record.problems,
    ...(predicted === undefined ? {} : { predicted }),
  };
  return JSON.stringify(document, null, 2);
}
