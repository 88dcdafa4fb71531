/**
 * Finds the concepts of a label, in order, in any of the languages of `concept-words.ts`. The longest word that fits wins; words
 * that are not known are kept, since they may make another thing of it ("voice messages"). Knows nothing of numbers or units.
 */
import { CONCEPT_WORDS, type Concept } from './concept-words.ts';

export interface FoundConcept {
  readonly concept: Concept;
  /** As written, normalised: "dau" is a daily user in one word. */
  readonly word: string;
}

export interface Found {
  readonly concepts: readonly FoundConcept[];
  /** Words that mean nothing to the table, articles and numbers left out. */
  readonly unknown: readonly string[];
  /** "Series of a broker": what stands before the "of" is what is counted, and the table does not know it. */
  readonly headUnknown: boolean;
  /** "Nodes that a cluster was tested with", "not connected": words that turn what the others say. */
  readonly isSentence: boolean;
}

interface Pattern {
  readonly concept: Concept;
  readonly text: string;
  readonly kind: 'prefix' | 'whole' | 'inside';
}

/** Scripts that write words without spaces between them, or glue particles to them. */
const GLUED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Devanagari}\p{Script=Arabic}ー]/u;
const WORD = /[\p{L}\p{M}\p{N}+#%&'-]/u;
/** Articles and the like, which change nothing. */
const EMPTY = new Set(
  'expected assumed planned estimate sent used we our its this these erwartet geplant gesendet gesendete attendus envoyes enviados last load carga charge carico нагрузка bit bits kbit mbit gbit tbit gbps mbps active aktive aktiven activos activas actifs actives attivi ativos ativas активных активные aktif the a an to at in on for with from is are as by only about approx est estimated les le la los las el il lo gli i l d um uma o os as un une una im am zu zur zum mit fur fuer bei auf aux au en con com per nel nella van het een av till dla od w z до по с для из на ben'.split(
    ' ',
  ),
);

const PATTERNS: readonly Pattern[] = Object.entries(CONCEPT_WORDS)
  .flatMap(([concept, words]) =>
    words.split(' ').map((word): Pattern => {
      const kind = word.startsWith('=') ? 'whole' : word.startsWith('~') ? 'inside' : 'prefix';
      const text = normalised((kind === 'prefix' ? word : word.slice(1)).replaceAll('_', ' '));
      return { concept: concept as Concept, text, kind };
    }),
  )
  .filter((pattern) => pattern.text !== '')
  .sort((left, right) => right.text.length - left.text.length);
const GLUED_PATTERNS = PATTERNS.filter((pattern) => GLUED.test(pattern.text));
const SPACED_PATTERNS = PATTERNS.filter((pattern) => !GLUED.test(pattern.text));
const STARTS = Map.groupBy(
  SPACED_PATTERNS.filter((pattern) => pattern.kind !== 'inside'),
  (pattern) => pattern.text[0]!,
);
const INSIDES = SPACED_PATTERNS.filter((pattern) => pattern.kind === 'inside');
const STEMS = SPACED_PATTERNS.filter((pattern) => pattern.kind !== 'inside' && pattern.text.length >= 5 && !pattern.text.includes(' '));

/** Lower case, no accents on Latin letters, `camelCase` and `snake_case` as words. */
export function normalised(text: string): string {
  const plain = text
    .normalize('NFKC')
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .replaceAll('ı', 'i')
    .replaceAll('ł', 'l')
    .replaceAll('ø', 'o')
    .replaceAll('ß', 'ss')
    .replaceAll('ё', 'е')
    .replaceAll('_', ' ');
  return [...plain]
    .map((letter) => (/\p{Script=Latin}/u.test(letter) ? letter.normalize('NFD').replace(/\p{M}/gu, '') : letter))
    .join('')
    .replace(/\p{M}(?<=[a-z]\p{M})/gu, '')
    .replace(/[\s\u00a0]+/g, ' ')
    .trim();
}

export function conceptsIn(label: string): Found {
  const text = normalised(label);
  const concepts: FoundConcept[] = [];
  const unknown: string[] = [];
  let headUnknown = false;
  let at = 0;
  while (at < text.length) {
    const letter = text[at]!;
    if (letter === '/') {
      concepts.push({ concept: 'per', word: '/' });
      at++;
    } else if (GLUED.test(letter)) {
      const pattern = GLUED_PATTERNS.find((one) => text.startsWith(one.text, at));
      if (pattern === undefined) {
        if (/[\p{Script=Han}\p{Script=Katakana}]/u.test(letter)) unknown.push(letter);
        at++;
      } else {
        concepts.push({ concept: pattern.concept, word: pattern.text });
        at += pattern.text.length;
      }
    } else if (WORD.test(letter)) {
      const before = concepts.length;
      at = spacedWord(text, at, concepts, unknown);
      const isOf = concepts.length > before && isGenitive(concepts[before]!);
      if (isOf && unknown.length > 0 && concepts.slice(0, before).every(({ concept }) => concept === 'count')) headUnknown = true;
    } else at++;
  }
  return { concepts: withoutDoubles(concepts), unknown, headUnknown, isSentence: SENTENCE.test(text) };
}

const SENTENCE =
  /\b(that|which|whose|where|when|if|not|never|beside|besides|than|without|ohne|nicht|wenn|sans|qui|que ne|sin|senza|que no|non|не|без|który|niet|inte)\b/u;

function isGenitive({ concept, word }: FoundConcept): boolean {
  return concept === 'of' || (concept === 'per' && /^(of |de cada|eine)/.test(word));
}

/** The word at `at`, or the several that a pattern names; a compound may hold several concepts. Gives where it ends. */
function spacedWord(text: string, at: number, concepts: FoundConcept[], unknown: string[]): number {
  let end = at;
  while (end < text.length && WORD.test(text[end]!) && !GLUED.test(text[end]!)) end++;
  const word = text.slice(at, end);
  // "l’heure d’un": a letter alone is a time only where it is a unit.
  if (word.length === 1 && /[a-z]/.test(word) && concepts.at(-1)?.concept !== 'per') return end;
  const start = STARTS.get(text[at]!)?.find((pattern) => text.startsWith(pattern.text, at) && fits(pattern, text, at, end));
  // "Online-Anteil": a word of words, unless the table knows it as one.
  if (word.includes('-') && (start === undefined || start.text.length < word.length)) {
    for (const part of word.split('-')) spacedPart(part, concepts, unknown);
    return end;
  }
  const inside = INSIDES.filter((pattern) => word.includes(pattern.text));
  const compound = insideOfCompound(word, start);
  if (start !== undefined) {
    concepts.push({ concept: start.concept, word: at + start.text.length > end ? start.text : word });
    for (const more of [...inside, ...compound]) concepts.push({ concept: more.concept, word });
    return Math.max(end, at + start.text.length);
  }
  if (inside.length > 0 || compound.length > 0) for (const more of [...compound, ...inside]) concepts.push({ concept: more.concept, word });
  else if (!EMPTY.has(word) && /\p{L}{2}/u.test(word)) unknown.push(word);
  return end;
}

function spacedPart(part: string, concepts: FoundConcept[], unknown: string[]): void {
  if (part !== '') spacedWord(part, 0, concepts, unknown);
}

/** A pattern of several words must end at the end of a word; a whole word must be all of it. */
function fits(pattern: Pattern, text: string, at: number, end: number): boolean {
  const stop = at + pattern.text.length;
  const rest = text.slice(stop);
  if (pattern.kind === 'whole') return stop >= end && !/^[\p{L}\p{N}]/u.test(rest);
  return true;
}

/** "Nachrichtengröße", "Spitzennachrichten": long stems count inside a longer word, as German and its neighbours build them. */
function insideOfCompound(word: string, start: Pattern | undefined): readonly Pattern[] {
  if (word.length < 12 || word.includes('-')) return [];
  const from = start === undefined ? 0 : start.text.length;
  const found: Pattern[] = [];
  for (const pattern of STEMS) {
    if (pattern.concept === start?.concept) continue;
    const place = word.indexOf(pattern.text, from);
    if (place > 0 && !found.some((one) => one.concept === pattern.concept || one.text.includes(pattern.text))) found.push(pattern);
  }
  return found;
}

function withoutDoubles(concepts: readonly FoundConcept[]): readonly FoundConcept[] {
  return concepts.filter((one, at) => at === 0 || concepts[at - 1]!.concept !== one.concept || concepts[at - 1]!.word !== one.word);
}
