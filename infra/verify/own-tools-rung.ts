/**
 * Rung 2: what has a checker of its own is shown to it. Rules, scrape configuration and autoscalers' queries go to promtool;
 * charts to `helm template`, where the user names a folder that has them (no registry here carries charts); their values to what is
 * known of the charts' own.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { $ } from 'zx';
import { unseenValues } from './chart-values.ts';
import { debianProgram } from './debian-program.ts';
import { helmProgram } from './helm-program.ts';
import { versionOf } from './programs.ts';
import type { Finding, RungContext, RungResult } from './rung.ts';
import { prometheusParts } from './scrape-configuration.ts';
import type { SynthesizedChart } from './synthesized.ts';

export const PROMTOOL = { package: 'prometheus', file: 'usr/bin/promtool' } as const;
const COMMAND_LIMIT = '60s';

export async function ownToolsRung(context: RungContext): Promise<RungResult> {
  const startedMs = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'parley-own-tools-'));
  try {
    const prometheus = await checkPrometheus(context, folder);
    const charts = await checkCharts(context, folder);
    return {
      rung: 2,
      environment: context.synthesized.environment,
      did: [prometheus.did, charts.did].filter((text) => text !== '').join('; '),
      findings: [...prometheus.findings, ...charts.findings],
      skipped: charts.skipped,
      seconds: (performance.now() - startedMs) / 1_000,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function checkPrometheus({ synthesized, say }: RungContext, folder: string): Promise<{ did: string; findings: Finding[] }> {
  const { environment, objects } = synthesized;
  const parts = prometheusParts(objects.map(({ manifest }) => manifest));
  if (parts.length === 0) return { did: 'no rules, no scrape configuration', findings: [] };
  const promtool = await debianProgram(PROMTOOL, say);
  const findings: Finding[] = [];
  for (const [index, { kind, object, text }] of parts.entries()) {
    const file = join(folder, `${index}.yml`);
    writeFileSync(file, text);
    // Targets' credentials and certificates are files of another machine.
    const words = kind === 'rules' ? ['check', 'rules', file] : ['check', 'config', '--syntax-only', file];
    const { exitCode, stdout, stderr } = await $({ quiet: true, nothrow: true, timeout: COMMAND_LIMIT })`${promtool} ${words}`;
    if (exitCode === 0) continue;
    const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('Checking'));
    const problem = lines
      .map((line) => line.replaceAll(file, '').trim())
      .slice(0, 3)
      .join(' ');
    findings.push({ rung: 2, environment, subject: `${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`, problem });
  }
  const rules = parts.filter(({ kind }) => kind === 'rules').length;
  return { did: `promtool read ${rules} sets of rules and queries, ${parts.length - rules} scrape configurations`, findings };
}

async function checkCharts(
  { synthesized, charts: charted, say }: RungContext,
  folder: string,
): Promise<{ did: string; findings: Finding[]; skipped: string[] }> {
  const { environment, charts } = synthesized;
  if (charts.length === 0) return { did: '', findings: [], skipped: [] };
  const { values, findings: unseen } = unseenValues(environment, charts);
  const did = `${values} values of ${charts.length} charts held against the charts’ own`;
  if (charted === undefined) {
    return { did, findings: [...unseen], skipped: [`rendering ${charts.length} charts: no folder with them was given (--charts DIR)`] };
  }
  const findings: Finding[] = [...unseen];
  const skipped: string[] = [];
  let made = 0;
  const helm = await helmProgram(say);
  for (const release of charts) {
    const path = chartIn(charted, release);
    if (path === undefined) {
      skipped.push(`${chartName(release)} ${release.version ?? ''}: not in the folder of charts`);
      continue;
    }
    const values = release.values.flatMap((text, index) => {
      const file = join(folder, `${release.resource}-${index}.yaml`);
      writeFileSync(file, text);
      return ['--values', file];
    });
    const words = [
      'template',
      release.name,
      path,
      '--namespace',
      release.namespace,
      '--kube-version',
      versionOf('kube-apiserver'),
      ...values,
    ];
    const { exitCode, stderr } = await $({ quiet: true, nothrow: true, timeout: COMMAND_LIMIT })`${helm} ${words}`;
    if (exitCode === 0) made++;
    else findings.push({ rung: 2, environment, subject: `chart ${release.name}`, problem: stderr.trim().split('\n').slice(-2).join(' ') });
  }
  return { did: `${did}; helm made ${made} of ${charts.length} charts`, findings, skipped };
}

/** The last word of an address: oci://…/strimzi-kafka-operator. */
export const chartName = ({ chart }: SynthesizedChart) => chart.split('/').at(-1)!;

/** A folder or an archive, by the chart's name and version. */
export function chartIn(folder: string, release: SynthesizedChart): string | undefined {
  const name = chartName(release);
  const wanted = [`${name}-${release.version}.tgz`, `${name}-${release.version}`, name];
  const entry = readdirSync(folder).find((found) => wanted.includes(found));
  return entry === undefined ? undefined : join(folder, entry);
}
