/**
 * Rung 1: what needs no server. Every rule of the policy over all objects of a cell; all cells the same but for name and number,
 * so that what the other rungs say of one they say of all; a second synth that gives the same bytes.
 */
import type { BuiltStack } from '../app.ts';
import type { Manifest } from '../manifest.ts';
import { findings as policyFindings, RULES, subjectOf } from '../policy/check.ts';
import { isRefusal } from '../refusal.ts';
import { synthesize } from '../synth.ts';
import type { ApiObject } from './kubernetes-api.ts';
import type { Finding, Rung, SynthesizedFleet } from './rung.ts';
import { cellDifferences } from './same-cells.ts';

const SHOWN_MOST = 5;

export const policyRung: Rung = async ({ synthesized, fleet }) => {
  const startedMs = performance.now();
  const { environment } = synthesized;
  const result = (did: string, findings: readonly Finding[], skipped: readonly string[]) =>
    ({ rung: 1, environment, did, findings, skipped, seconds: (performance.now() - startedMs) / 1_000 }) as const;
  if (fleet === undefined) return result('nothing', [], ['the plan and the environment behind these files are not known']);
  const { wanted, sources } = fleet;
  const [cell] = wanted.sizes.cells;
  const objects = synthesized.objects.map(({ manifest }) => manifest as Manifest);
  const found = policyFindings(subjectOf(objects, cell!, sources.environment.value));
  const findings: Finding[] = found.map(({ rule, place, problem }) => ({
    rung: 1,
    environment,
    subject: place,
    problem: `${problem} (${rule})`,
  }));
  const others = cellsThatDiffer(wanted.stacks);
  for (const problem of others.slice(0, SHOWN_MOST)) findings.push({ rung: 1, environment, subject: 'cells', problem });
  if (others.length > SHOWN_MOST)
    findings.push({ rung: 1, environment, subject: 'cells', problem: `and ${others.length - SHOWN_MOST} more` });
  if (!isRepeatable(fleet)) findings.push({ rung: 1, environment, subject: 'synth', problem: 'a second one gives other bytes' });
  const cells = wanted.sizes.cells.length;
  return result(
    `${objects.length} objects of ${synthesized.stacks.length} stacks held against ${RULES.length} rules; ${cells === 1 ? 'one cell' : `${cells} cells compared`}; a second synth of ${wanted.files.size} files compared`,
    findings,
    [],
  );
};

/** Every cell against the first, stack by stack. */
export function cellsThatDiffer(stacks: readonly BuiltStack[]): string[] {
  const objectsOf = ({ stack }: BuiltStack) => stack.contents.objects as unknown as readonly ApiObject[];
  const first = stacks.filter(({ cell }) => cell === stacks[0]?.cell);
  return stacks.flatMap((other) => {
    const sample = first.find(({ of }) => of.name === other.of.name)!;
    if (sample === other) return [];
    const found = cellDifferences(objectsOf(sample), sample.cell.cell, objectsOf(other), other.cell.cell);
    return found.map((difference) => `${other.stack.id} is not as ${sample.stack.id}: ${difference}`);
  });
}

function isRepeatable({ sources, wanted }: SynthesizedFleet): boolean {
  const again = synthesize(sources);
  return !isRefusal(again) && [...again.files].every(([path, text]) => wanted.files.get(path) === text);
}
