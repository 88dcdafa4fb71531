/**
 * One spelling for the numbers of a text: powers of ten written out, digits and number words of other scripts and languages, rates
 * said before or after their number. What is no number is left as it is; nothing is computed but what a number itself says.
 */
import { hanNumber } from './han-number.ts';
import { SCALE_WORDS, SPELT_NUMBERS } from './scale-words.ts';

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';
/** Where each script's zero stands; its other digits follow. Full-width digits are among them. */
const ZEROS = [0x0660, 0x06f0, 0x0966, 0x09e6, 0x0be6, 0x0e50, 0xff10];
const FRACTIONS: Readonly<Record<string, string>> = { '½': '.5', '¼': '.25', '¾': '.75' };

export function plainNotation(text: string): string {
  if (!/[\p{Nd}\p{No}\p{Nl}]|[〇一二三四五六七八九十百千万億亿兆]/u.test(text) && !SPELT.test(text)) return text;
  return [digitsAlike, powers, signs, spelt, scales, hanNumber, times, ranges].reduce((one, rewrite) => rewrite(one), text);
}

function digitsAlike(text: string): string {
  return (
    text
      .replace(/[٠-٩۰-۹०-९০-৯௦-௯๐-๙０-９]/gu, (digit) => {
        const code = digit.codePointAt(0)!;
        const zero = ZEROS.find((one) => code >= one && code < one + 10)!;
        return String(code - zero);
      })
      .replace(/(?<=\d)٫(?=\d)/g, '.')
      .replace(/(?<=\d)[٬，](?=\d)/g, ',')
      .replace(/(?<=\d)．(?=\d)/g, '.')
      .replace(/(?<=\d)_(?=\d{3})/g, '')
      // Lakhs and crores: a comma before every two digits is no decimal mark.
      .replace(/(?<![\d.,])\d{1,2}(?:,\d{2})+,\d{3}(?![\d,])/g, (grouped) => grouped.replaceAll(',', ''))
      .replace(/(\d*)([½¼¾])/g, (_, whole: string, fraction: string) => `${whole === '' ? '0' : whole}${FRACTIONS[fraction]}`)
      .replace(/(?<![\d.,\p{L}])\.(?=\d)/gu, '0.')
  );
}

const TIMES = '\\s?[×xX*·⋅✕]\\s?';
const POWER = new RegExp(
  `(?<![\\d.,])(?:(\\d+(?:[.,]\\d+)?)${TIMES})?10(?:\\s?(?:\\^|\\*\\*)\\s?\\(?([+−-]?\\d{1,2})\\)?|([⁻⁺]?[${SUPERSCRIPTS}]{1,2}))(?![\\d.])`,
  'gu',
);
const POWER_OF_TWO = new RegExp(`(?<![\\d.,])2(?:\\s?(?:\\^|\\*\\*)\\s?(\\d{1,2})|([${SUPERSCRIPTS}]{1,2}))(?![\\d.])`, 'gu');

/** `2×10^9`, `10⁹`, `5·10**6`; `2^30`. */
function powers(text: string): string {
  return text
    .replace(POWER, (_, mantissa: string | undefined, raised: string | undefined, high: string | undefined) => {
      const exponent = Number((raised ?? fromSuperscript(high!)).replace('−', '-'));
      return `${(mantissa ?? '1').replace(',', '.')}e${exponent}`;
    })
    .replace(POWER_OF_TWO, (_, raised: string | undefined, high: string | undefined) =>
      String(2 ** Number(raised ?? fromSuperscript(high!))),
    )
    .replace(/(?<=\d)[Ee]\+0*(?=\d)/g, 'e');
}

function fromSuperscript(text: string): string {
  return [...text].map((one) => (one === '⁻' ? '-' : one === '⁺' ? '' : String(SUPERSCRIPTS.indexOf(one)))).join('');
}

const ROUGHLY =
  /(?<![\p{L}\d])(?:at least|at most|up to|more than|less than|no more than|over|under|nearly|almost|roughly|approximately|some|est\.?|avg\.?|max\.?|min\.?|mindestens|höchstens|bis zu|knapp|gut|mehr als|weniger als|ungefähr|au moins|au plus|jusqu['’]à|plus de|moins de|presque|al menos|hasta|más de|menos de|cerca de|aproximadamente|alrededor de|mais de|até|oltre|fino a|più di|quasi|более|менее|до|свыше|примерно|порядка|приблизительно|почти|超过|超過|不超过|不超過|至少|最多|最大|最低|少なくとも|최대|최소)\s*(?=[~≈]?\d)/giu;

function signs(text: string): string {
  return text
    .replace(/(?<!\d)−(?=\d)/g, '-')
    .replace(/>=|=>(?=\s*\d)/g, '≥')
    .replace(/<=/g, '≤')
    .replace(ROUGHLY, '~')
    .replace(/(?<![\p{L}])(?:USD|US\$)\s?(?=\d)/gu, '$')
    .replace(/(?<![\p{L}])EUR\s?(?=\d)/gu, '€');
}

const SPELT = new RegExp(
  `(?<![\\p{L}])(?:(${Object.keys(SPELT_NUMBERS).join('|')})[ -])(?=(?:thousand|million|billion|trillion)s?(?![\\p{L}]))`,
  'iu',
);
const SPELT_ALL = new RegExp(SPELT.source, 'giu');

/** "two billion", "half a million". */
function spelt(text: string): string {
  return text.replace(SPELT_ALL, (_, word: string) => `${SPELT_NUMBERS[word.toLowerCase()]} `);
}

/** Number words of languages, behind a number only: `2 miljard` is `2 billion`. */
function scales(text: string): string {
  let done = text;
  for (const [words, plain] of SCALE_WORDS) done = done.replace(words, (_, space: string) => `${space}${plain}`);
  return done;
}

const NUMBER = '~?\\d[\\d.,\\u00a0 ]*(?:e-?\\d+)?\\s?(?:[万萬만億亿억兆조千천百백]+|[KMBTG](?![\\p{L}]))?';
const CLOCKS: ReadonlyArray<readonly [before: string, unit: string]> = [
  ['毎秒|每秒钟?|每秒鐘?|초당|1秒(?:あたり|間に)', '秒'],
  ['毎分|每分钟|每分鐘|분당', '分'],
  ['毎時|每小时|每小時|시간당', '時間'],
  ['毎日|每日|每天|日均|一日(?:あたり)?|1日(?:あたり|当たり|に)|하루(?:에)?|일일', '日'],
  ['毎月|每月|月均|월간', '月'],
];
const RATES = CLOCKS.map(([before, unit]) => [new RegExp(`(?:${before})\\s?(?:约|約|약)?\\s?(${NUMBER})`, 'gu'), unit] as const);
const UNIT = '(?:\\s?(?:[kKMGTPE]i?[Bb]|[kKMGTPE]?[Oo]|bytes?|B)|\\s?[KMBTG]|\\s(?:thousand|million|billion|trillion))';
const DAILY: ReadonlyArray<readonly [RegExp, string]> = (
  [
    ['daily|täglich|quotidien(?:s|ne|nes)?|diari[oa]s?|al giorno|ежедневно|в сутки|в день|dagelijks|dziennie', 'day'],
    ['hourly|stündlich', 'h'],
    ['weekly|wöchentlich', 'week'],
    ['monthly|monatlich|mensuel(?:s|le|les)?|mensual(?:es)?|ежемесячно|в месяц|p\\.m\\.', 'month'],
    ['yearly|annually|jährlich|p\\.a\\.|в год', 'year'],
    ['в секунду|per sec\\.?(?![a-z])', 's'],
    ['в минуту', 'min'],
  ] as const
).map(([words, unit]) => [new RegExp(`(?<=\\d${UNIT}?)\\s(?:${words})(?=\\s*(?:$|[|,;.()]))`, 'giu'), unit]);

function times(text: string): string {
  let done = text.replace(/(?<=\d\s?[KMBkmb]?\s?)[rq]pm(?![\p{L}])/gu, '/min').replace(/(?<=\d\s?[KMBkmb]?\s?)[rq]ph(?![\p{L}])/gu, '/h');
  for (const [pattern, unit] of RATES) done = done.replace(pattern, (_, number: string) => `${number.trimEnd()}/${unit}`);
  for (const [pattern, unit] of DAILY) done = done.replace(pattern, `/${unit}`);
  return done;
}

const SCALE = '(?:\\s?[KMBTG](?![\\p{L}]))?';
const BETWEEN = new RegExp(
  `(?<![\\p{L}])(?:between|from|zwischen|von|entre|tra|fra|da|de|от|между)\\s+(\\d[\\d.,]*${SCALE})\\s+(?:and|to|und|bis|et|à|y|a|e|до|и)\\s+(?=\\d)`,
  'giu',
);
const GIVE_OR_TAKE = /(?<![\d.,])(\d+(?:\.\d+)?)\s?(?:±|\+\/-)\s?(\d+(?:\.\d+)?)(?![\d.,%]|\s?%)/g;

/** "between 3 and 5 K", "5 ± 1 M". */
function ranges(text: string): string {
  return text
    .replace(BETWEEN, '$1-')
    .replace(/(\d)\s?\.\.\.?\s?(?=\d)/g, '$1-')
    .replace(/(\d)\s?…\s?(?=\d)/g, '$1-')
    .replace(GIVE_OR_TAKE, (_, middle: string, off: string) => {
      const at = (value: number) => String(Number(value.toPrecision(12)));
      return Number(middle) > Number(off) ? `${at(Number(middle) - Number(off))}-${at(Number(middle) + Number(off))}` : middle;
    });
}
