/**
 * A number as people write it in a sheet or a note: "~500 K", "5 M/s", "50 TB/day", "1,5 Mio.", "20-30 TB", "40 %", "12 亿". Gives the
 * value in base units with what its digits say of its exactness. A text that is no number is undefined, never a guess.
 */
import { COUNT, type Measure } from './figure.ts';
import { digitsOf, rangeSpread, type Spread, spreadOf } from './rounding.ts';

export interface WrittenNumber extends Spread {
  readonly value: number;
  /** As written, without its time: 50e12 of "50 TB/day", 365 of "365 days". */
  readonly plain: number;
  readonly measure: Measure;
  readonly hasUnit: boolean;
  /** What stands behind the number and its scale: `TB/day`, `msg/s`. */
  readonly unitText: string;
  readonly bytePrefix: number;
  readonly percent: boolean;
  /** Characters of the text that it takes. */
  readonly length: number;
}

export interface NumberHint {
  /** "B" is bytes here, as the label speaks of a size. */
  readonly bytes: boolean;
  /** 1.200 is twelve hundred, 1,5 is one and a half. */
  readonly decimalComma: boolean;
}

const SCALES: readonly (readonly [RegExp, number])[] = [
  [/^(mil millones|thousand million)/i, 1e9],
  [/^(quadrillion|billiarden?\b)/i, 1e15],
  [/^(trillions?|billionen|bio\b\.?|трлн|兆|조|(?:t|tn)(?![a-z]))/i, 1e12],
  [
    /^(billions?|bn|milliarden?|milliards?|miliardi|miliardo|milyar|miliard[aoów]*|bilh[õo]es|bilh[ãa]o|mrd|mld|млрд|миллиард\p{L}*|十億|十亿|십억|अरब|مليار|b(?![a-z]))\.?/iu,
    1e9,
  ],
  [/^(億|亿|억)/, 1e8],
  [/^(crores?|करोड़|千万|천만)/i, 1e7],
  [
    /^(millions?|millionen|millones|mill[óo]n|milh[õo]es|milh[ãa]o|milioni|milione|milyon|mio|mln|mn|млн|миллион\p{L}*|百万|百萬|백만|مليون|mm?(?![a-z]))\.?/iu,
    1e6,
  ],
  [/^(lakhs?|लाख|十万|십만)/i, 1e5],
  [/^(万|萬|만)/, 1e4],
  [/^(thousand|tausend|tsd|mille|mila|mil(?![a-z])|bin\b|тыс|тысяч\p{L}*|千|천|हज़ार|हजार|k(?![a-z]))\.?/iu, 1e3],
];
const PREFIXES = 'kmgtpe';
const TIME_UNITS: readonly (readonly [RegExp, number])[] = [
  [/^(ms|msec|milliseconds?|millisekunden?|毫秒|ミリ秒)(?![a-z])/i, 1e-3],
  [/^(µs|us|microseconds?)(?![a-z])/i, 1e-6],
  [/^(s|secs?|seconds?|sekunden?|secondes?|segundos?|secondi|секунд\p{L}*|сек|с(?!\p{L})|saniye|sn|秒|초)(?!\p{Script=Latin})/iu, 1],
  [/^(mins?|minutes?|minuten?|minutos?|minuti|минут\p{L}*|мин|dakika|分钟|分鐘|分|분)(?!\p{Script=Latin})/iu, 60],
  [/^(h|hrs?|hours?|stunden?|std|heures?|horas?|ore|час\p{L}*|ч(?!\p{L})|saat|小时|小時|時間|시간)(?!\p{Script=Latin})/iu, 3_600],
  [
    /^(d|days?|tage?n?|jours?|j(?![a-z])|d[íi]as?|giorni|giorno|дн\p{L}*|день|сут\p{L}*|day|g[üu]n|天|日間|日|일)(?!\p{Script=Latin})/iu,
    86_400,
  ],
  [/^(w|weeks?|wochen?|semaines?|semanas?|settiman[ae]|недел\p{L}*|hafta|周|週間|週|주)(?!\p{Script=Latin})/iu, 604_800],
  [
    /^(mo|months?|monate?n?|mois|mes(?:es)?|mesi|mese|m[êe]s|месяц\p{L}*|мес|ay|个月|個月|か月|ヶ月|月|개월|월)(?!\p{Script=Latin})/iu,
    2_628_000,
  ],
  [
    /^(y|yrs?|years?|a(?![a-z])|jahre?n?|ans?|ann[ée]es?|a[ñn]os?|anni|anno|год\p{L}*|лет|y[ıi]l|年間|年|년)(?!\p{Script=Latin})/iu,
    31_536_000,
  ],
];
/** "200 B/msg", "100 B per key": no billions. */
const BYTES_PER =
  /^b\s*(?:\/|per\b|pro\b|par\b|por\b|je\b|each\b)\s*(?:msg|message|nachricht|mensa|messag|conn|verbind|key|entry|heartbeat|сообщ|消息|メッセージ|메시지|$)/i;
/** КБ, МБ, ГБ, ТБ, ПБ: as many letters as in Latin. */
const CYRILLIC_BYTES = /(?<!\p{L})([КМГТП])Б(?!\p{L})/giu;
const latinBytes = (_: string, prefix: string) => `${{ К: 'K', М: 'M', Г: 'G', Т: 'T', П: 'P' }[prefix.toUpperCase()] ?? ''}B`;
/** "B stored/day", "TB raw": which bytes they are is for the label to say. */
const BYTES_KIND =
  /^\s+(?:stored|raw|logical|physical|replicated|compressed|uncompressed|net|netto|gross|brutto|usable|used)(?=\s*(?:\/|per\b|$))/i;
const PER = /^\s*(?:\/|per\b|pro\b|par\b|por\b|al\b|je\b|в\b|na\b|p\.)\s*/iu;
const ROUGH = /^\s*(?:~|≈|≃|∼|about|around|approx\.?|circa|ca\.?|etwa|rund|environ|unos|около|ок\.|约|約|大约|약|<|>|≤|≥|\+\/-)\s*/iu;
const NUMERAL = /^[+-]?(?:\d{1,3}(?:[\u00a0\u202f ]\d{3})+(?:[.,]\d+)?(?!\d)|\d[\d.,'’]*\d|\d)(?:e[+-]?\d+)?/iu;

export function readNumber(text: string, hint: NumberHint): WrittenNumber | undefined {
  let rest = text
    .normalize('NFKC')
    .replace(/[\u00a0\u202f\u2009]/g, ' ')
    .replace(CYRILLIC_BYTES, latinBytes);
  const full = rest.length;
  let rough = false;
  for (let mark = ROUGH.exec(rest); mark !== null; mark = ROUGH.exec(rest)) {
    rough = true;
    rest = rest.slice(mark[0].length);
  }
  const money = /^\s*(?:US)?[$€£¥]\s*/.exec(rest);
  if (money !== null) rest = rest.slice(money[0].length);
  const first = numeral(rest, hint);
  if (first === undefined) return undefined;
  rest = rest.slice(first.length);
  let second: { value: number; digits: string; length: number } | undefined;
  const range = /^\s*(?:-|–|—|to|bis|à|a|〜|~|～|до)\s*(?=\d)/iu.exec(rest);
  let firstScale: Unit | undefined;
  if (range === null) {
    const unit = unitOf(rest, hint, money !== null);
    const later = /^\s*(?:-|–|—|to|bis|à|〜|～|до)\s*(?=\d)/iu.exec(rest.slice(unit.length));
    if (later !== null && unit.length > 0) {
      firstScale = unit;
      rest = rest.slice(unit.length + later[0].length);
      second = numeral(rest, hint);
      rest = rest.slice(second?.length ?? 0);
    }
  } else {
    rest = rest.slice(range[0].length);
    second = numeral(rest, hint);
    rest = rest.slice(second?.length ?? 0);
  }
  const unit = unitOf(rest, hint, money !== null);
  rest = rest.slice(unit.length);
  const length = full - rest.length;
  const shared = {
    measure: unit.measure,
    hasUnit: unit.hasUnit,
    unitText: unit.text,
    bytePrefix: unit.bytePrefix,
    percent: unit.percent,
    length,
  };
  if (second !== undefined) {
    const low = first.value * (firstScale ?? unit).factor;
    const high = second.value * unit.factor;
    if (low <= high) return { ...shared, ...rangeSpread(low, high), value: (low + high) / 2, plain: (low + high) / 2 / unit.time };
  }
  const value = first.value * unit.factor;
  const spread = spreadOf(first.value, first.digits, rough);
  const by = (part: number) => part * unit.factor;
  return {
    ...shared,
    value,
    plain: value / unit.time,
    low: by(spread.low),
    high: by(spread.high),
    inputLow: by(spread.inputLow),
    inputHigh: by(spread.inputHigh),
    precise: spread.precise,
  };
}

function numeral(text: string, hint: NumberHint): { value: number; digits: string; length: number } | undefined {
  const lead = /^\s*/.exec(text)![0].length;
  const match = NUMERAL.exec(text.slice(lead));
  if (match === null) return undefined;
  const value = plainNumber(match[0], text.slice(lead + match[0].length), hint);
  if (!Number.isFinite(value)) return undefined;
  return { value, digits: digitsOf(value), length: lead + match[0].length };
}

/** Digit groups of any locale: what repeats is a group, what stands alone before three digits is one where nothing scales it. */
function plainNumber(written: string, after: string, hint: NumberHint): number {
  let text = written.replace(/[ '’]/g, '');
  const dots = text.split('.').length - 1;
  const commas = text.split(',').length - 1;
  if (dots > 1 && commas <= 1) text = text.replaceAll('.', '').replace(',', '.');
  else if (commas > 1 && dots <= 1) text = text.replaceAll(',', '');
  else if (dots === 1 && commas === 1)
    text = text.indexOf('.') < text.indexOf(',') ? text.replace('.', '').replace(',', '.') : text.replace(',', '');
  else if (commas === 1)
    text =
      /,\d{3}$/.test(text) && !(hint.decimalComma && scaleOf(after.trimStart(), hint) !== undefined)
        ? text.replace(',', '')
        : text.replace(',', '.');
  else if (dots === 1 && hint.decimalComma && /\.\d{3}$/.test(text)) text = text.replace('.', '');
  return Number(text);
}

interface Unit {
  readonly factor: number;
  /** The part of the factor that is a time. */
  readonly time: number;
  readonly measure: Measure;
  readonly hasUnit: boolean;
  readonly text: string;
  readonly bytePrefix: number;
  readonly percent: boolean;
  readonly length: number;
}

function scaleOf(rest: string, hint: NumberHint): readonly [length: number, factor: number] | undefined {
  if (/^[kmgtpe](i?b|o)(?![a-z])/i.test(rest) || (hint.bytes && /^b(?![a-z])/i.test(rest))) return undefined;
  if (BYTES_PER.test(rest)) return undefined;
  for (const [pattern, factor] of SCALES) {
    const match = pattern.exec(rest);
    if (match !== null) return [match[0].length, factor];
  }
  return undefined;
}

function unitOf(text: string, hint: NumberHint, money: boolean): Unit {
  let at = /^\s*/.exec(text)![0].length;
  let factor = 1;
  let clock = 1;
  let measure: Measure = money ? { ...COUNT, dollars: 1 } : COUNT;
  let bytePrefix = 0;
  let percent = false;
  const scale = scaleOf(text.slice(at), hint);
  if (scale !== undefined) {
    at += scale[0];
    factor *= scale[1];
    const twice = scaleOf(text.slice(at).trimStart(), hint);
    if (twice !== undefined && twice[1] >= 1e4 && scale[1] < 1e4 && twice[0] > 0 && /[\u3000-\u9fff\uac00-\ud7af]/.test(text)) {
      at += twice[0] + (text.slice(at).length - text.slice(at).trimStart().length);
      factor *= twice[1];
    }
  }
  const start = at;
  const rest = text.slice(at).trimStart();
  const skipped = text.length - at - rest.length;
  const bytes = /^([kmgtpe]?)(i?)(bytes?|octets?|байт\p{L}*|字节|バイト|바이트|b(?!it)|(?<=^[kmgtpe])o(?=$|[\s/).,]))/iu.exec(rest);
  const bits = /^([kmgtpe]?)(i?)(bits?|bps|b(?=ps|\/s))(?!y)/iu.exec(rest);
  let used = 0;
  if (/^[%％]/.test(rest)) {
    percent = true;
    factor *= 0.01;
    used = 1;
  } else if (bits !== null && isBits(bits[0], rest)) {
    factor *= prefixFactor(bits[1]!, bits[2] !== '') / 8;
    measure = { ...measure, bytes: 1 };
    used = bits[0].length;
    if (/bps$/i.test(bits[0])) measure = { ...measure, seconds: -1 };
  } else if (
    bytes !== null &&
    /^[kmgtpe]?i?(b|o|bytes?|octets?|байт\p{L}*|字节|バイト|바이트)(?![a-z])/iu.test(rest) &&
    isBytes(bytes, hint, scale !== undefined, rest)
  ) {
    factor *= prefixFactor(bytes[1]!, bytes[2] !== '');
    bytePrefix = bytes[2] === '' ? PREFIXES.indexOf(bytes[1]!.toLowerCase() || '-') + 1 : 0;
    measure = { ...measure, bytes: 1 };
    used = bytes[0].length + (BYTES_KIND.exec(rest.slice(bytes[0].length))?.[0].length ?? 0);
  } else {
    const time = TIME_UNITS.find(([pattern]) => pattern.test(rest));
    if (time !== undefined && !money) {
      used = time[0].exec(rest)![0].length;
      factor *= time[1];
      clock *= time[1];
      measure = { ...measure, seconds: 1 };
    } else if (/^(usd|eur|gbp|dollars?|euros?|€|\$)/i.test(rest)) {
      used = /^(usd|eur|gbp|dollars?|euros?|€|\$)/i.exec(rest)![0].length;
      measure = { ...measure, dollars: 1 };
    } else if (/^(qps|rps|tps|mps)\b/i.test(rest)) {
      used = 3;
      measure = { ...measure, seconds: -1 };
    }
  }
  at += skipped + used;
  // "messages/s", "msg/user/day": words and what they are per, of which only a time scales the number.
  const words = /^\s*[\p{L}\p{M}][\p{L}\p{M}\s-]*(?=\/|$)|^\s*[\p{L}\p{M}][\p{L}\p{M}-]*/iu.exec(text.slice(at));
  let counted = false;
  if (words !== null && used === 0 && measure.dollars === 0) {
    at += words[0].length;
    counted = true;
  }
  for (let per = PER.exec(text.slice(at)); per !== null; per = PER.exec(text.slice(at))) {
    const below = text.slice(at + per[0].length);
    const time = TIME_UNITS.find(([pattern]) => pattern.test(below));
    const word = /^[\p{L}\p{M}-]+/u.exec(below);
    if (time !== undefined) {
      const taken = time[0].exec(below)![0];
      measure = { ...measure, seconds: measure.seconds - 1 };
      factor /= time[1];
      clock /= time[1];
      at += per[0].length + taken.length;
    } else if (word !== null) at += per[0].length + word[0].length;
    else break;
  }
  if (/\p{L}/u.test(text.slice(start, at)) && counted) {
    const inWords = /(?:^|\s)(?:per|pro|par|por|je|al)\s+(\p{L}+)/iu.exec(text.slice(start, at));
    const time = inWords === null ? undefined : TIME_UNITS.find(([pattern]) => pattern.test(inWords[1]!));
    if (time !== undefined && measure.seconds === 0) {
      measure = { ...measure, seconds: -1 };
      factor /= time[1];
      clock /= time[1];
    }
  }
  const unitText = text.slice(start, at).trim();
  const hasUnit = measure.bytes !== 0 || measure.seconds !== 0 || measure.dollars !== 0 || percent;
  return { factor, time: clock, measure, hasUnit, text: unitText, bytePrefix, percent, length: at };
}

/** Gbps, Gbit/s, Mb/s with a small b. */
function isBits(unit: string, rest: string): boolean {
  return /bit|bps/i.test(unit) || (/^[kMGTPkmgtp]?i?b$/.test(unit) && unit.endsWith('b') && /^\S*\/s/.test(rest));
}

function isBytes(match: RegExpExecArray, hint: NumberHint, scaled: boolean, rest: string): boolean {
  if (match[1] !== '' || match[3]!.length > 1) return true;
  // A bare "B" is bytes after a scale ("5 K B"), by the hint, or per message.
  return scaled || hint.bytes || BYTES_PER.test(rest);
}

function prefixFactor(prefix: string, binary: boolean): number {
  const power = prefix === '' ? 0 : PREFIXES.indexOf(prefix.toLowerCase()) + 1;
  return (binary ? 1_024 : 1_000) ** power;
}
