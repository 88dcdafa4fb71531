/**
 * What each column of a table is: the one that names the rows, identifiers, units, the figures, the ends of their interval, notes. By its
 * header where there is one, else by what stands in it. Reads no figure; numbers are only told from words.
 */
import { conceptsIn, normalised } from './concepts.ts';

interface Text {
  readonly text: string;
}

export interface Columns {
  readonly hasHeader: boolean;
  /** Normalised, one for each column; empty without a header. */
  readonly titles: readonly string[];
  readonly label: number;
  /** Identifiers of a program or a register beside the words; -1 for none. */
  readonly id: number;
  readonly unit: number;
  readonly values: readonly number[];
  /** Ends of the interval of the first of the values. */
  readonly low: number | undefined;
  readonly high: number | undefined;
}

export type NumberIn = (text: string, label: string) => number | undefined;

const UNIT_HEADER =
  /^(unit|units|uom|einheit|einheiten|unite|unites|unidad|unidades|unidade|unita|eenheid|jednostka|enhet|единиц\p{L}*|ед\.?( изм\.?)?|birim|单位|單位|単位|단위|इकाई|الوحدة)$/u;
const NOTE_HEADER =
  /(note|reason|rationale|calculation|explanation|working|math|begrundung|rechnung|calculo|calcul|расч|обоснован|计算|計算|계산|hesap|comment|remark|basis|source|how|formula|derivation|assumption|why|notiz|bemerkung|kommentar|anmerkung|herleitung|quelle|remarque|commentaire|nota|observa|comentario|примечан|комментар|备注|備註|说明|備考|注|비고|설명|açıkla|not$)/u;
const LABEL_HEADER =
  /^(metric|parameter|item|name|quantity|what|row|input|component|service|tier|kennzahl|parameter|grosse|bezeichnung|position|komponente|grandeur|metrique|parametre|composant|metrica|parametro|magnitud|concepto|componente|grandezza|показатель|параметр|метрика|компонент|метрик\p{L}*|gosterge|metrik|指标|指標|项目|項目|参数|组件|항목|지표|मीट्रिक)$/u;
const ID_HEADER = /^(id|ids|key|code|ref|identifier|identifiant|kennung|codigo|codice|код|编号|編號|番号|번호|#|no|nr|n°|lfd nr|pos)\.?$/u;
const LOW_HEADER =
  /^(low|min|minimum|lower|lower bound|low case|von|niedrig|pessimist\p{L}*|bas|basse|bajo|baixo|basso|мин\p{L}*|最小|最小值|下限|최소)$/u;
const HIGH_HEADER =
  /^(high|max|maximum|upper|upper bound|high case|bis|hoch|optimist\p{L}*|haut|haute|alto|макс\p{L}*|最大|最大值|上限|최대)$/u;
/** "5 %", "p95", "90th percentile": an end of an interval, though it is a number. */
const PERCENTILE = /^(?:p|q)?\s*(\d{1,2}(?:[.,]\d+)?)\s*(?:%|th|st|nd|rd)?\s*(?:percentile|perzentil|centile|percentil)?$/u;
const YEAR = /^\s*(19|20)\d\d\s*$/;
const IDENTIFIER = /^[a-z][\w-]*(?:[._:/-][\w-]+)+$|^[a-z]+(?:[A-Z][a-z0-9]*)+$|^[A-Z]{1,5}[-_ ]?\d+$/;

export function columnsOf(rows: readonly (readonly Text[])[], numberIn: NumberIn): Columns {
  const [first = [], ...others] = rows;
  const hasHeader = isHeader(first, numberIn);
  const body = hasHeader ? others : rows;
  const width = Math.max(...rows.map((row) => row.length));
  const titles = Array.from({ length: width }, (_, at) => (hasHeader ? normalised(first[at]?.text ?? '') : ''));
  const filled = (at: number) => body.map((row) => row[at]?.text.trim() ?? '').filter((text) => text !== '');
  const share = (at: number) => {
    const own = body.filter((row) => (row[at]?.text.trim() ?? '') !== '');
    const numbers = own.filter((row) => numberIn(row[at]!.text, row[0]!.text) !== undefined);
    return own.length === 0 ? 0 : numbers.length / own.length;
  };
  const id = idColumn(titles, filled);
  const label = labelColumn(titles, filled, share, id);
  const unit = titles.findIndex((title, at) => at !== label && UNIT_HEADER.test(title));
  const isOther = (at: number) => at === label || at === unit || at === id || NOTE_HEADER.test(titles[at]!);
  const numeric = titles.flatMap((_, at) => (!isOther(at) && share(at) >= 0.5 ? [at] : []));
  // Columns without names can't be told apart: the first holds the figures, what stands behind it says how they came to be.
  const found = hasHeader ? numeric : numeric.slice(0, 1);
  const values = found.length > 0 ? found : titles.flatMap((_, at) => (!isOther(at) && share(at) > 0 ? [at] : [])).slice(0, 1);
  const low = values.find((at) => isEnd(titles[at]!, LOW_HEADER, (share) => share < 50));
  const high = values.find((at) => isEnd(titles[at]!, HIGH_HEADER, (share) => share > 50));
  const between = low === undefined || high === undefined ? [] : values.filter((at) => at !== low && at !== high);
  // Low and high are the ends of the one between them; where none is, the two stand for themselves.
  if (between.length === 0) return { hasHeader, titles, label, id, unit, values, low: undefined, high: undefined };
  return { hasHeader, titles, label, id, unit, values: between, low, high };
}

/** Words above numbers; years and percentiles above words that are headers everywhere. */
function isHeader(first: readonly Text[], numberIn: NumberIn): boolean {
  if (first.length < 2) return false;
  const rest = first.slice(1).map(({ text }) => text);
  const isNumber = (text: string) => numberIn(text, '') !== undefined && !YEAR.test(text);
  if (!rest.some(isNumber)) return true;
  const others = rest.filter((text) => !isNumber(text)).map(normalised);
  return (
    rest.every((text) => !isNumber(text) || PERCENTILE.test(normalised(text))) &&
    others.some((title) => UNIT_HEADER.test(title) || NOTE_HEADER.test(title) || /^(value|wert|valeur|valor|значение|值)$/.test(title))
  );
}

function isEnd(title: string, words: RegExp, isPercentile: (share: number) => boolean): boolean {
  const share = PERCENTILE.exec(title)?.[1];
  return words.test(title) || (share !== undefined && title !== share && isPercentile(Number(share.replace(',', '.'))));
}

/** By its header, or as nearly all in it are names of a program; only where other words name the rows too. */
function idColumn(titles: readonly string[], filled: (at: number) => readonly string[]): number {
  const words = titles.flatMap((_, at) =>
    filled(at).some((text) => /\p{L}{2}.*\s\p{L}{2}|\p{L}{2}/u.test(text) && !IDENTIFIER.test(text)) ? [at] : [],
  );
  const candidates = titles.flatMap((title, at) => {
    const texts = filled(at);
    if (texts.length < 2) return [];
    const identifiers = texts.filter((text) => IDENTIFIER.test(text)).length;
    const named = ID_HEADER.test(title) && new Set(texts).size === texts.length;
    return named || identifiers >= 0.8 * texts.length ? [at] : [];
  });
  return candidates.find((at) => words.some((other) => other !== at && !UNIT_HEADER.test(titles[other]!))) ?? -1;
}

/** The column that names the rows: by its header, else the words that differ from row to row and mean something; a section repeats. */
function labelColumn(
  titles: readonly string[],
  filled: (at: number) => readonly string[],
  share: (at: number) => number,
  id: number,
): number {
  const named = titles.findIndex((title, at) => at !== id && LABEL_HEADER.test(title));
  if (named >= 0) return named;
  let best = { at: id === 0 ? 1 : 0, score: -1 };
  for (const at of titles.keys()) {
    if (at === id || share(at) >= 0.3 || NOTE_HEADER.test(titles[at]!) || UNIT_HEADER.test(titles[at]!)) continue;
    const texts = filled(at);
    const meant = texts.filter((text) => conceptsIn(text).concepts.length > 0).length;
    const score = new Set(texts).size * (meant / Math.max(1, texts.length)) - at * 0.5;
    if (score > best.score) best = { at, score };
  }
  return best.at;
}
