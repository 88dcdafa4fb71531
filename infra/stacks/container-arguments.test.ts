/** What the stacks tell a process, read by that process's own table of settings: no stack claims an option that is not there. */
import { describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MIGRATE_OPTIONS } from '../../services/backends/migrate-config.ts';
import { readBackends } from '../../services/backends/read-settings.ts';
import { DISPATCH_OPTIONS } from '../../services/dispatch/config.ts';
import { readConfig } from '../../services/gateway/config.ts';
import { RELAY_SETTINGS } from '../../services/gateway/relay/config.ts';
import { readSettings } from '../../services/runtime/setting-table.ts';
import type { Manifest } from '../manifest.ts';
import { containersOf } from '../policy/pods.ts';
import { ENVIRONMENTS, sampleCell } from '../sources.harness.ts';
import { gatewayObjects } from './gateway.ts';
import { servicesObjects } from './services.ts';

/** Problems of the flags of a verb, by the verb's own reader. */
const READERS: Readonly<Record<string, (args: string[], environment: Record<string, string>) => readonly string[]>> = {
  gateway: (args, environment) => problemsOf(readConfig(args, environment)),
  relay: (args, environment) => problemsOf(readSettings(RELAY_SETTINGS, args, environment)),
  dispatch: (args) => strictly(args, DISPATCH_OPTIONS),
  migrate: (args) => strictly(args, MIGRATE_OPTIONS),
};

describe('arguments of containers', () => {
  for (const name of ENVIRONMENTS) {
    const { cell, environment } = sampleCell(name);
    const objects: Manifest[] = [...gatewayObjects(cell, environment), ...servicesObjects(cell, environment)];

    test(`${name}: each is an option of its verb, with a value in its range`, () => {
      const verbs = new Set<string>();
      for (const { container, place } of containersOf(objects)) {
        const [verb, ...rest] = container.args ?? [];
        if (verb === undefined || verb.startsWith('-') || container.command !== undefined) continue;
        verbs.add(verb);
        const given = Object.fromEntries((container.env ?? []).map((one) => [one.name, one.value ?? '0']));
        const args = rest.map((arg) => arg.replace(/\$\((\w+)\)/g, (_, variable: string) => given[variable]!));
        expect({ place, problems: READERS[verb]!(args, given) }).toEqual({ place, problems: [] });
      }
      expect([...verbs].toSorted()).toEqual(['dispatch', 'gateway', 'migrate', 'relay']);
    });

    test(`${name}: the settings of the real systems are as their reader wants them`, () => {
      const directory = mkdtempSync(join(tmpdir(), 'parley-settings-'));
      try {
        for (const object of objects.filter(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'parley-backends')) {
          const file = join(directory, 'backends.json');
          writeFileSync(file, (object as unknown as { data: Record<string, string> }).data['backends.json']!);
          expect(readBackends(file).kafka.partitions).toEqual(cell.kafka.partitions);
        }
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    });
  }
});

function problemsOf(read: { readonly ok: true } | { readonly ok: false; readonly problems: readonly string[] }): readonly string[] {
  return read.ok ? [] : read.problems;
}

function strictly(args: string[], options: NonNullable<Parameters<typeof parseArgs>[0]>['options']): readonly string[] {
  try {
    parseArgs({ args, options: options!, strict: true });
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}
