/** What a check needs of a Markdown file: its headings, fenced blocks, links and inline code, each with its line. Pure. */

export interface Heading {
  readonly level: number;
  readonly text: string;
  readonly line: number;
}

export interface Block {
  /** What stands behind the fence: `sh`, `sh box`, `promql`, `text`. */
  readonly info: string;
  /** Without the fences. */
  readonly text: string;
  /** Of its first line of text, from 1. */
  readonly line: number;
}

export interface Link {
  readonly text: string;
  readonly target: string;
  readonly line: number;
}

export interface Inline {
  readonly text: string;
  readonly line: number;
}

export interface Page {
  /** From the root of the project. */
  readonly file: string;
  readonly lines: readonly string[];
  readonly headings: readonly Heading[];
  readonly blocks: readonly Block[];
  readonly links: readonly Link[];
  readonly inlines: readonly Inline[];
}

export function readPage(file: string, text: string): Page {
  const lines = text.split('\n');
  const headings: Heading[] = [];
  const blocks: Block[] = [];
  const links: Link[] = [];
  const inlines: Inline[] = [];
  let open: { info: string; line: number; lines: string[] } | undefined;
  for (const [index, content] of lines.entries()) {
    const line = index + 1;
    const fence = /^```(.*)$/.exec(content);
    if (fence !== null) {
      if (open === undefined) open = { info: fence[1]!.trim(), line: line + 1, lines: [] };
      else {
        blocks.push({ info: open.info, text: open.lines.join('\n'), line: open.line });
        open = undefined;
      }
    } else if (open !== undefined) open.lines.push(content);
    else {
      const heading = /^(#+) (.*)$/.exec(content);
      if (heading !== null) headings.push({ level: heading[1]!.length, text: heading[2]!.trim(), line });
      for (const [, words, target] of content.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)) links.push({ text: words!, target: target!, line });
      for (const [, code] of content.matchAll(/`([^`]+)`/g)) inlines.push({ text: code!, line });
    }
  }
  // A fence that nobody closed would hide everything behind it.
  if (open !== undefined) blocks.push({ info: 'unclosed', text: open.lines.join('\n'), line: open.line });
  return { file, lines, headings, blocks, links, inlines };
}

/** The commands of a block, each with its line; `\` at the end of a line goes on. Comments are none. */
export function commandsOf({ text, line }: Block): readonly Inline[] {
  const commands: Inline[] = [];
  let begun: { text: string; line: number } | undefined;
  for (const [index, content] of text.split('\n').entries()) {
    const whole = begun === undefined ? content : `${begun.text} ${content.trim()}`;
    const at = begun?.line ?? line + index;
    begun = undefined;
    if (whole.endsWith('\\')) begun = { text: whole.slice(0, -1).trimEnd(), line: at };
    else if (whole.trim() !== '' && !whole.trimStart().startsWith('#')) commands.push({ text: whole.trim(), line: at });
  }
  return commands;
}
