/**
 * What is wrong with the runbooks: form, links, commands, queries, names of metrics and panels, each with its file and line.
 * Pure but for `kubectl`, which the caller asks. What it can't see: whether a runbook helps.
 */
import type { AlertName } from '../../dashboards/alerts/names.ts';
import type { Board } from '../../dashboards/board.ts';
import type { Catalogue } from '../../dashboards/catalogue.ts';
import { queryFindings } from '../../dashboards/query-check.ts';
import type { Cluster } from './cluster-objects.ts';
import { kubectlProblem } from './kubectl-command.ts';
import { type Block, commandsOf, type Inline, type Page } from './markdown.ts';
import { parleyProblem, type VerbHelp } from './parley-command.ts';
import { simpleCommands } from './words.ts';

export interface Known {
  readonly alerts: Readonly<Record<string, AlertName>>;
  readonly boards: readonly Board[];
  readonly catalogue: Catalogue;
  readonly help: VerbHelp;
  readonly cluster: Cluster;
  /** Whether a file of the project is there, by its path from the root. */
  readonly exists: (path: string) => boolean;
}

/** A command of kubectl, for kubectl to judge: `FILE:LINE` and its words. */
export interface KubectlCommand {
  readonly place: string;
  readonly words: readonly string[];
}

export const SECTIONS = ['Meaning', 'Impact', 'Diagnosis', 'Mitigation'] as const;
const FOLDER = 'runbooks/';
/** Programs that a runbook may call; the shell's own words among them. */
const PROGRAMS = /^(kubectl|npx|curl|openssl|df|rm|grep|kill|sleep|test|until|while|do|done|tofu|nodetool|redis-cli|ulimit|node)$/;
const WITHOUT_WORDS = /\b(TODO|TBD|FIXME|lorem ipsum)\b|^It is (this|not): (-|\.|none)?$/i;

export interface Checked {
  readonly findings: readonly string[];
  readonly kubectl: readonly KubectlCommand[];
}

export function checkRunbooks(pages: readonly Page[], known: Known): Checked {
  const kubectl: KubectlCommand[] = [];
  const findings = [...alertFindings(pages, known), ...pages.flatMap((page) => pageFindings(page, known, kubectl))];
  return { findings, kubectl };
}

/** `RelayAway` of `runbooks/RelayAway.md`; undefined for the index and for procedures. */
export function alertOf(file: string): string | undefined {
  return /^runbooks\/([A-Z][A-Za-z]+)\.md$/.exec(file)?.[1]?.replace(/^README$/, '') || undefined;
}

/** Every alert has its runbook, and every runbook its alert, in the form that all have. */
function alertFindings(pages: readonly Page[], known: Known): string[] {
  const findings: string[] = [];
  const there = new Set(pages.map(({ file }) => alertOf(file)));
  for (const alert of Object.keys(known.alerts))
    if (!there.has(alert)) findings.push(`${FOLDER}${alert}.md:1: the alert ${alert} has no runbook`);
  for (const page of pages) {
    const name = alertOf(page.file);
    if (name === undefined) continue;
    const alert = known.alerts[name];
    if (alert === undefined) findings.push(`${page.file}:1: there is no alert ${name}`);
    else findings.push(...formFindings(page, name, alert));
  }
  return findings;
}

function formFindings(page: Page, name: string, alert: AlertName): string[] {
  const findings: string[] = [];
  const find = (line: number, problem: string) => void findings.push(`${page.file}:${line}: ${problem}`);
  const [title, ...sections] = page.headings;
  if (title?.text !== name || title.level !== 1) find(title?.line ?? 1, `its title is ${name}`);
  if (sections.map(({ text }) => text).join() !== SECTIONS.join()) find(sections[0]?.line ?? 1, `its sections are ${SECTIONS.join(', ')}`);
  const severity = `\`${alert.severities.join(', ')}\` · panel [`;
  const head = page.lines.findIndex((line) => line.startsWith('`'));
  if (head < 0 || !page.lines[head]!.startsWith(severity)) find(Math.max(1, head + 1), `it says ${severity}…`);
  const panel = `/d/${alert.panel.board}?viewPanel=${alert.panel.id}`;
  if (!page.links.some(({ target }) => target === panel)) find(Math.max(1, head + 1), `it has no link to its panel ${panel}`);
  const lineOf = (section: string) => page.headings.find(({ text }) => text === section)?.line ?? page.lines.length;
  const inSection = ({ line }: { line: number }, from: string, to?: string) =>
    line > lineOf(from) && line < (to === undefined ? Infinity : lineOf(to));
  const looks = page.blocks.filter((block) => inSection(block, 'Diagnosis', 'Mitigation'));
  if (looks.length === 0) find(lineOf('Diagnosis'), 'Diagnosis has nothing to look at');
  for (const look of looks) {
    const after = page.lines.slice(look.line - 1 + look.text.split('\n').length + 1).find((line) => line !== '') ?? '';
    if (!after.startsWith('It is this: ')) find(look.line, 'what is seen when it is this is not said');
    const next = page.lines[page.lines.indexOf(after, look.line) + 1] ?? '';
    if (!next.startsWith('It is not: ')) find(look.line, 'what is seen when it is not this is not said');
  }
  const fixes = page.blocks.filter((block) => inSection(block, 'Mitigation'));
  if (!fixes.some(({ info }) => info === 'sh')) find(lineOf('Mitigation'), 'Mitigation has no command');
  for (const [index, { info, line }] of fixes.entries())
    if (info.startsWith('sh') && fixes[index + 1]?.info !== 'text') find(line, 'the output that is expected does not follow');
  if (!page.lines.some((line, index) => index >= lineOf('Mitigation') && line.startsWith('To undo: ')))
    find(lineOf('Mitigation'), 'how to undo it is not said');
  return findings;
}

function pageFindings(page: Page, known: Known, kubectl: KubectlCommand[]): string[] {
  const findings: string[] = [];
  const find = (line: number, problem: string) => void findings.push(`${page.file}:${line}: ${problem}`);
  for (const [index, line] of page.lines.entries()) if (WITHOUT_WORDS.test(line.trim())) find(index + 1, 'a placeholder');
  const made = new Set(page.blocks.filter(({ info }) => info === 'yaml').flatMap(({ text }) => /^ {2}name: (\S+)$/m.exec(text)?.[1] ?? []));
  for (const block of page.blocks) {
    if (block.info === 'promql') {
      for (const { problem } of queryFindings(block.text, known.catalogue)) find(block.line, problem);
    } else if (block.info === 'sh' || block.info === 'sh box') {
      for (const command of commandsOf(block))
        for (const problem of commandProblems(page, command, known, made, kubectl)) find(command.line, problem);
    } else if (!['text', 'yaml'].includes(block.info)) find(block.line, `a block of ${block.info || 'no kind'}`);
  }
  for (const inline of page.inlines) {
    if (/^(npx parley|parley|kubectl \S+) \S/.test(inline.text))
      for (const problem of commandProblems(page, inline, known, made, kubectl)) find(inline.line, problem);
    for (const [name] of inline.text.matchAll(/\bparley_[a-z_]+\b/g))
      if (!known.catalogue.has(name)) find(inline.line, `there is no metric ${name}`);
  }
  for (const { text, target, line } of page.links) {
    const problem = linkProblem(page, text, target, known);
    if (problem !== undefined) find(line, problem);
  }
  return findings;
}

function commandProblems(page: Page, { text, line }: Inline, known: Known, made: ReadonlySet<string>, kubectl: KubectlCommand[]): string[] {
  const commands = simpleCommands(text);
  if (commands === undefined) return ['a quote that is not closed'];
  return commands.flatMap((words) => {
    const [program, ...rest] = words as [string, ...string[]];
    if (program === 'parley') return parleyProblem(rest, known.help) ?? [];
    if (program === 'npx') return rest[0] === 'parley' ? (parleyProblem(rest.slice(1), known.help) ?? []) : [`npx ${rest[0]} is not ours`];
    if (program === 'kubectl') {
      kubectl.push({ place: `${page.file}:${line}`, words: rest.map(withNumbers) });
      return kubectlProblem(rest, known.cluster, known.help, made) ?? [];
    }
    return PROGRAMS.test(program) || program.startsWith('$') ? [] : [`${program} is no program that runbooks use`];
  });
}

/** kubectl wants numbers where a runbook has a word for one. */
function withNumbers(word: string): string {
  return word.replaceAll(/\b(REPLICAS|REVISION|PARTITION|OFFSET)\b/g, '3').replaceAll(/-N\b/g, '-3');
}

function linkProblem(page: Page, text: string, target: string, { boards, exists }: Known): string | undefined {
  const panel = /^\/d\/([^?]+)\?viewPanel=(\d+)$/.exec(target);
  if (panel !== null) {
    const board = boards.find(({ uid }) => uid === panel[1]);
    const found = board?.panels.find(({ id }) => id === Number(panel[2]));
    if (found === undefined) return `there is no panel ${target}`;
    return found.title === text ? undefined : `the panel ${target} is called ${found.title}`;
  }
  if (/^https?:/.test(target)) return undefined;
  const path = new URL(target.split('#')[0]!, `file:///${page.file}`).pathname.slice(1);
  return exists(path) ? undefined : `the link ${target} leads nowhere`;
}

/** The blocks that the run in which alerts fire carries out. */
export function boxMitigation(page: Page): Block | undefined {
  return page.blocks.find(({ info }) => info === 'sh box');
}

export interface BoxStep {
  readonly block: Block;
  /** Lines that are to be in what it prints: of the block of text behind it. */
  readonly output: readonly string[];
}

/** The blocks of a procedure that are carried out on a machine, in their order. */
export function boxSteps({ blocks }: Page): readonly BoxStep[] {
  return blocks.flatMap((block, index) => {
    if (block.info !== 'sh box') return [];
    const next = blocks[index + 1];
    return [{ block, output: next?.info === 'text' ? next.text.split('\n').filter((line) => line.trim() !== '') : [] }];
  });
}
