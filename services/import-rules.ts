/**
 * Who may import whom, as a table of areas, and the rules about circles, packages, names and lengths of files. Pure:
 * source files in, findings out, each with its file and line. ARCHITECTURE.md gives the reasons.
 *
 * An area is a folder below services/, or a top-level folder. Composition roots put adapters together and tests build
 * whole parts, so both may reach into every service; neither may turn the great directions round.
 */
import type { Import, SourceFile } from './source-tree.ts';

export const LONGEST_FILE_LINES = 400;

const PORTS = ['services/bus', 'services/store', 'services/routes', 'services/presence', 'services/push'];
/** Folders that show some files to all services, and their inside to composition roots. */
const SHOWN = [...PORTS, 'services/backends'];
const SERVICE = ['services/protocol', 'services/runtime', ...SHOWN];

/** Areas that each area may import besides itself. An area that is not here may import what SERVICE says. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'services/protocol': [],
  capacity: [],
  'services/runtime': ['services/protocol', 'capacity'],
  services: [],
  bin: ['services/runtime'],
  'services/gateway': [...SERVICE, 'services/embedded', 'services/dispatch'],
  'parley.ts': ['bin', 'services/runtime', 'services/gateway', 'services/simulation', 'loadgen', 'capacity'],
  loadgen: ['services/protocol', 'services/runtime', 'capacity'],
  dashboards: ['services/runtime', 'capacity'],
  infra: ['services/runtime', 'capacity'],
  runbooks: ['parley.ts', 'bin', 'dashboards', 'infra', 'services/runtime', 'capacity'],
};

/** Areas that nobody else imports; parley.ts loads verbs and tests are no exception. */
const TOPS = ['loadgen', 'infra', 'dashboards', 'runbooks'];

/** What a port folder, or the embedded default, shows to other services. The rest are adapters, for composition roots. */
const PORT_FILES = new Set([
  'services/bus/bus.ts',
  'services/bus/records.ts',
  'services/bus/record-codec.ts',
  'services/bus/partition.ts',
  'services/bus/conversation-of-create.ts',
  'services/bus/entry-of-record.ts',
  'services/store/store.ts',
  'services/store/recent-senders.ts',
  'services/routes/routes.ts',
  'services/routes/redis-sections.ts',
  'services/presence/presence.ts',
  'services/push/push.ts',
  'services/backends/settings.ts',
  'services/backends/read-settings.ts',
  'services/backends/redis-client.ts',
  'services/embedded/config.ts',
  'services/dispatch/config.ts',
]);

/** Declarations that dashboards and infra read: metric catalogues and configuration, of the load engine too. */
const DECLARATIONS = /^(services|loadgen)\/.*(^|\/)([a-z-]+-)?(metrics|config)\.ts$/;
/**
 * What stacks must agree on with services besides: the settings of the real systems, and names in Kafka. And what dashboards
 * give them to carry.
 */
const INFRA_READS = new Set([
  'services/backends/settings.ts',
  'services/backends/read-settings.ts',
  'services/bus/kafka-names.ts',
  'services/bus/kafka-topics.ts',
  'services/routes/redis-sections.ts',
  'bin/nearest-name.ts',
  'dashboards/for-stacks.ts',
]);

/** Packages that are archived upstream, or may be replaced: one file knows them. */
const ONE_FILE: ReadonlyArray<readonly [packages: RegExp, file: string]> = [[/^(cdktf$|@cdktf\/|constructs$)/, 'infra/cdktf.ts']];

/** Walls inside one area: files below the first prefix never import files below the others. */
const WALLS: ReadonlyArray<readonly [from: string, to: readonly string[], why: string]> = [
  [
    'services/gateway/edge/',
    ['services/gateway/relay/', ...PORTS.map((port) => `${port}/`)],
    'an edge knows sockets and its relay’s link only',
  ],
  ['services/gateway/relay/', ['services/gateway/edge/'], 'a relay knows edges by their link only'],
  ['services/gateway/link/', ['services/gateway/edge/', 'services/gateway/relay/'], 'the link is what both ends share'],
];

/** Scripts of pure areas that read or write files. */
const SCRIPTS = new Set(['services/protocol/document.ts', 'services/protocol/fuzz.ts', 'services/protocol/vectors.ts']);
const PURE_AREAS = ['services/protocol', 'capacity'];

export interface Packages {
  readonly run: ReadonlySet<string>;
  readonly development: ReadonlySet<string>;
}

export function findingsOf(files: readonly SourceFile[], packages: Packages): string[] {
  return [
    ...files.flatMap((file) => [...nameFindings(file), ...lengthFindings(file), ...importFindings(file, packages)]),
    ...circleFindings(
      'folders',
      files,
      areaOf,
      (file) => !isTest(file.path) && !isRoot(file.path),
      () => true,
    ),
    ...circleFindings(
      'files',
      files,
      (path) => path,
      () => true,
      (one) => !one.typeOnly,
    ),
  ];
}

export function areaOf(path: string): string {
  const [top, second, ...rest] = path.split('/');
  if (second === undefined) return 'parley.ts';
  return top === 'services' && rest.length > 0 ? `services/${second}` : top!;
}

export function isTest(path: string): boolean {
  return /\.(test|contract|arbitrary|harness)\.ts$/.test(path);
}

/** The first file of a process or of a verb, or the client's end of the embedded default: it wires adapters. */
function isRoot(path: string): boolean {
  return /(^|\/)(main(-[a-z]+)?|connect|verb|parley)\.ts$/.test(path) || /^(loadgen|capacity|infra)\/verbs\//.test(path);
}

function nameFindings({ path }: SourceFile): string[] {
  const parts = path.split('/');
  const file = parts.pop()!;
  const findings: string[] = [];
  if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.slow)?(\.(test|contract|arbitrary|harness|d))?\.ts$/.test(file))
    findings.push(`${path}:1: the name is not in kebab-case`);
  if (/(^|-)(utils?|helpers?|common|types)\./.test(file)) findings.push(`${path}:1: the name says nothing: name the file by its one idea`);
  for (const folder of parts)
    if (!/^\.?[a-z0-9]+(-[a-z0-9]+)*$/.test(folder)) findings.push(`${path}:1: the folder ${folder} is not in kebab-case`);
  return findings;
}

function lengthFindings({ path, lines }: SourceFile): string[] {
  if (isTest(path) || lines <= LONGEST_FILE_LINES) return [];
  return [`${path}:${LONGEST_FILE_LINES + 1}: ${lines} lines, at most ${LONGEST_FILE_LINES}: split it`];
}

function importFindings(file: SourceFile, packages: Packages): string[] {
  const findings: string[] = [];
  for (const one of file.imports) {
    const problem = one.target === undefined ? packageProblem(file.path, one, packages) : projectProblem(file.path, one.target);
    if (problem !== undefined) findings.push(`${file.path}:${one.line}: imports ${one.target ?? one.specifier}: ${problem}`);
  }
  return findings;
}

function projectProblem(from: string, to: string): string | undefined {
  if (!/\.(ts|json|mjs)$/.test(to)) return 'write the ending .ts';
  if (to.startsWith('..')) return 'it is outside the project';
  for (const [inside, walled, why] of WALLS) {
    if (from.startsWith(inside) && !isTest(from) && !isRoot(from) && walled.some((prefix) => to.startsWith(prefix))) return why;
  }
  const area = areaOf(from);
  const target = areaOf(to);
  if (area === target) return undefined;
  if (isTest(to) && !isTest(from)) return 'only tests import tests';
  if (area === 'infra' && INFRA_READS.has(to)) return undefined;
  if ((area === 'dashboards' || area === 'infra') && DECLARATIONS.test(to)) return undefined;
  // Their tests have rules judged by the promtool that the ladder fetches.
  if (isTest(from) && area === 'dashboards' && target === 'infra') return undefined;
  // Runbooks are held to what all the others name: alerts, boards, stacks, verbs.
  if (TOPS.includes(target))
    return area === 'parley.ts' || MAY_IMPORT[area]?.includes(target) === true ? undefined : `nothing imports ${target}`;
  const free = isTest(from) || isRoot(from);
  // The verbs of the model print and read files; the model below them does neither, but its tests may ask for a tool.
  if (isTest(from) && area === 'capacity' && (to === 'services/runtime/requires.ts' || to === 'services/runtime/tools.ts'))
    return undefined;
  if (from.startsWith('capacity/verbs/') && (target === 'services/runtime' || to === 'bin/nearest-name.ts')) return undefined;
  if (free && !PURE_AREAS.includes(area) && (target.startsWith('services/') || target === 'capacity')) return undefined;
  // The simulator puts every part together, as a composition root does, and stands in for the systems behind the ports.
  if (area === 'services/simulation' && target.startsWith('services/')) return undefined;
  if (!(MAY_IMPORT[area] ?? SERVICE).includes(target)) return `${area} may not import ${target}`;
  if ([...SHOWN, 'services/embedded', 'services/dispatch'].includes(target) && !PORT_FILES.has(to))
    return 'an adapter or the inside of a port, for composition roots only (PORT_FILES has what a port shows)';
  return undefined;
}

function packageProblem(from: string, { specifier, typeOnly }: Import, packages: Packages): string | undefined {
  if (specifier === 'bun:test')
    return isTest(from) || from === 'services/runtime/requires.ts' ? undefined : 'only tests use the test runner';
  if (/^(node:|bun:|bun$)/.test(specifier)) {
    const pure = PURE_AREAS.includes(areaOf(from)) && !isTest(from) && !SCRIPTS.has(from) && !from.startsWith('capacity/verbs/');
    return pure && !typeOnly ? `${areaOf(from)} is pure` : undefined;
  }
  if (/^k6(\/|$)/.test(specifier)) return from.startsWith('loadgen/k6/') ? undefined : 'a module of k6’s own, for its script only';
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  const one = ONE_FILE.find(([known, file]) => known.test(name) && file !== from);
  if (one !== undefined) return `only ${one[1]} does`;
  if (packages.run.has(name)) return undefined;
  if (packages.development.has(name)) return isTest(from) || typeOnly ? undefined : 'a development dependency, for tests only';
  return 'package.json does not declare it (and a built-in module starts with node:)';
}

/** One finding for each circle that a walk meets, by the import that closes it. */
function circleFindings(
  what: string,
  files: readonly SourceFile[],
  nodeOf: (path: string) => string,
  takesFile: (file: SourceFile) => boolean,
  takesImport: (one: Import) => boolean,
): string[] {
  const edges = new Map<string, Map<string, string>>();
  for (const file of files.filter(takesFile)) {
    const from = nodeOf(file.path);
    for (const one of file.imports) {
      if (one.target === undefined || !takesImport(one)) continue;
      const to = nodeOf(one.target);
      const targets = edges.get(from) ?? new Map<string, string>();
      if (to !== from && !targets.has(to)) targets.set(to, `${file.path}:${one.line}`);
      edges.set(from, targets);
    }
  }
  const findings: string[] = [];
  const finished = new Set<string>();
  const walk = (node: string, way: readonly string[]) => {
    for (const [next, place] of edges.get(node) ?? []) {
      const start = way.indexOf(next);
      if (start >= 0) findings.push(`${place}: closes a circle of ${what}: ${[...way.slice(start), next].join(' → ')}`);
      else if (!finished.has(next)) walk(next, [...way, next]);
    }
    finished.add(node);
  };
  for (const node of edges.keys()) if (!finished.has(node)) walk(node, [node]);
  return findings;
}
