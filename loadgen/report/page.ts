/**
 * The report of a run as one HTML file that needs nothing else: no script, no font, no network. Drawn from the assessment
 * alone, so that the same record gives the same bytes.
 */

import { pageOf } from '../../capacity/page/document.ts';
import { text } from '../../capacity/quantity-text.ts';
import type { Assessment } from './assessment.ts';
import { cpuSection } from './cpu-section.ts';
import { memorySection } from './memory-section.ts';
import { connectionsSection, generatorSection, latencySection, sumsSection, verdictSection } from './outcome-sections.ts';
import { limitsSection, reproduceSection, settingsSection } from './setting-sections.ts';

export async function reportPage(assessment: Assessment): Promise<string> {
  const { record } = assessment;
  const { settings } = record;
  const title = `${record.name}: ${text(settings.connections)} connections${settings.sendsPerSecond > 0 ? `, ${text(settings.sendsPerSecond)} sends/s` : ''}`;
  const seconds = (Date.parse(record.endedAt) - Date.parse(record.startedAt)) / 1_000;
  const sections = [
    verdictSection(assessment),
    await connectionsSection(record),
    await latencySection(record),
    await memorySection(assessment),
    await cpuSection(assessment),
    sumsSection(record),
    generatorSection(record),
    limitsSection(assessment),
    settingsSection(record),
    reproduceSection(record),
  ];
  return pageOf({
    title,
    line: `${record.startedAt.slice(0, 16).replace('T', ' ')} UTC, ${seconds.toFixed(0)} s${record.complete ? '' : ', cut short'}. Run ${record.id}.`,
    sections,
    footer: `Made by parley ${record.host.versions.parley} from record.json, schema ${record.schema}.`,
  });
}
