/**
 * Tables and lists of a plain text as the reader of text tables knows them: columns held apart by blanks, tabs or drawn lines become cells
 * between bars, cells that were pasted together are parted, a bullet that begins with its number gets its name in front. Lines stay
 * lines, so that a place is still the line of the file.
 */
const NUMBER = '[~≈<>≥≤]?\\s?[$€£¥]?\\d[\\d.,]*(?:e-?\\d+)?(?:\\s?[-–]\\s?\\d[\\d.,]*)?';
const SCALE = '(?:thousand|million|billion|trillion|lakh|crore|Mio\\.?|Mrd\\.?|[KMBTGk])';
const BYTES = '(?:[KMGTPEk]i?B|bytes?|[KMGk]bps|[KMGk]bit/s)';
const PER = '(?:/(?:day|month|year|sec|min|hour|user|msg|message|conn|s|h|d)(?![a-z]))';
const VALUE = new RegExp(`^(${NUMBER}\\s?(?:${BYTES}|${SCALE}(?![A-Za-z]*B/)|%|ms|×|x(?![a-z]))?${PER}?)(.*)$`, 'u');
const GLUED_BLOCK_LINES = 3;

export function spreadText(lines: readonly string[]): readonly string[] {
  const drawn = lines.map(withoutDrawing);
  return nameFirst(partGlued(partColumns(drawn)));
}

/** Frames of `│` and `+---+`. */
function withoutDrawing(line: string): string {
  if (/^\s*[+┌├└╔╠╚┏┣┗╟─━═┼╋+-][─━═┬┼┴┐┤┘╦╬╩╗╣╝┳╋┻┓┫┛╪╫╢+=-]*\s*$/u.test(line) && /[─━═]|\+[-=]/u.test(line)) return '';
  return line.replace(/[│┃║]/gu, '|');
}

function isPlain(line: string): boolean {
  return line.trim() !== '' && !line.includes('|') && !/^\s*(#|[-*•+]\s|\d+[.)]\s|```)/.test(line);
}

/** Two or more neighbouring lines of as many columns, held apart by tabs or by two blanks and more. */
function partColumns(lines: readonly string[]): readonly string[] {
  const columns = lines.map((line) => (isPlain(line) ? line.trim().split(/\t+|\s{2,}/) : []));
  return lines.map((line, at) => {
    const own = columns[at]!;
    if (own.length < 2) return line;
    const beside = [columns[at - 1], columns[at + 1]].some((other) => other !== undefined && other.length >= 2);
    return beside ? `| ${own.map((cell) => cell.trim()).join(' | ')} |` : line;
  });
}

interface Glued {
  readonly label: string;
  readonly value: string;
  readonly note: string;
}

/** `Daily active users2 BWhatsApp scale`: a number right behind a word, in several lines one after the other. */
function partGlued(lines: readonly string[]): readonly string[] {
  const parts = lines.map(gluedIn);
  const done = [...lines];
  for (let at = 0; at < lines.length; at++) {
    let end = at;
    while (end < lines.length && parts[end] !== undefined) end++;
    if (end - at >= GLUED_BLOCK_LINES)
      for (let line = at; line < end; line++) {
        const { label, value, note } = parts[line]!;
        done[line] = `| ${label} | ${value} | ${note} |`;
      }
    at = Math.max(at, end);
  }
  return done;
}

function gluedIn(line: string): Glued | undefined {
  if (!isPlain(line) || line.length > 200) return undefined;
  const start = /^(\p{L}[^~\d|:=.;]{2,60}?[\p{L})/])(?=[~≈<>≥$€]?\d)/u.exec(line);
  if (start === null) return undefined;
  const [, value, note] = VALUE.exec(line.slice(start[0].length)) ?? [];
  return value === undefined ? undefined : { label: start[1]!.trim(), value: value.trim(), note: note!.trim() };
}

const BULLET = /^(\s*(?:[-*•+]|\d+[.)])\s+)(.*)$/u;
const NUMBER_FIRST = new RegExp(
  `^(${NUMBER}\\s?(?:${BYTES}|${SCALE}(?![\\p{L}]))?${PER}?)\\s+(?:of\\s+)?(\\p{L}[\\p{L}\\p{M} /'’-]{2,50}?)(?:\\s*[,;(–—]\\s*(.*?)\\)?)?[.;]?$`,
  'u',
);
const SAYS =
  /^((?:the\s+)?[\p{L}][\p{L}\p{M} /'’-]{2,50}?)\s+(?:is|are|will be|should be|of|at|equals|beträgt|ist|sind|est de|est|es de|es|è di|è|é de|é|составляет|~)\s+(?:about\s+|roughly\s+|around\s+)?(?=[~≈$€]?\d)(.*)$/iu;

/** `- 500 M daily active users` and `- Message size is 200 bytes` as `- daily active users: 500 M`, `- Message size: 200 bytes`. */
function nameFirst(lines: readonly string[]): readonly string[] {
  return lines.map((line) => {
    const [, bullet, text] = BULLET.exec(line) ?? [];
    if (bullet === undefined || text === undefined || /[:：=|]/.test(text.slice(0, 60)) || text.length > 160) return line;
    const plain = text.replace(/\*\*|__|`/g, '');
    const [, value, label, note] = NUMBER_FIRST.exec(plain) ?? [];
    if (value !== undefined && label !== undefined) return `${bullet}${label}: ${value}${note === undefined ? '' : ` (${note})`}`;
    const [, subject, said] = SAYS.exec(plain) ?? [];
    return subject === undefined ? line : `${bullet}${subject}: ${said}`;
  });
}
