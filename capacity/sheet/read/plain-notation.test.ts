import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { readNumber } from '../check/written-number.ts';
import { plainNotation } from './plain-notation.ts';

const numberOf = (text: string, decimalComma = false) => readNumber(plainNotation(text), { bytes: false, decimalComma })?.value;

test.each<[string, number]>([
  ['2×10^9', 2e9],
  ['2x10^9', 2e9],
  ['2·10⁹', 2e9],
  ['2 * 10**9', 2e9],
  ['10⁹', 1e9],
  ['10^-3', 1e-3],
  ['1E+09', 1e9],
  ['2^30', 2 ** 30],
  ['>= 5M', 5e6],
  ['at least 5 M', 5e6],
  ['bis zu 5 Mio.', 5e6],
  ['between 3 and 5 K', 4_000],
  ['3...5 K', 4_000],
  ['5 ± 1 M', 5e6],
  ['−5', -5],
  ['.5', 0.5],
  ['1½', 1.5],
  ['1_000_000', 1e6],
  ['٢٠٠٠', 2_000],
  ['२०००', 2_000],
  ['２，０００', 2_000],
  ['USD 1.2M', 1.2e6],
  ['two billion', 2e9],
  ['half a million', 5e5],
  ['2 miljard', 2e9],
  ['2 miljoen', 2e6],
  ['2 miljarder', 2e9],
  ['2 miliardy', 2e9],
  ['20 tys.', 20e3],
  ['2 tỷ', 2e9],
  ['2 triệu', 2e6],
  ['2 juta', 2e6],
  ['2 พันล้าน', 2e9],
  ['2 مليار', 2e9],
  ['2 billones', 2e12],
  ['12 lakh', 12e5],
  ['200 Cr', 2e9],
  ['1億2000万', 1.2e8],
  ['3亿5千万', 3.5e8],
  ['1억 2천만', 1.2e8],
  ['二十亿', 2e9],
  ['50 TB daily', 50e12 / 86_400],
  ['300 rpm', 5],
  ['毎秒500万', 5e6],
  ['日均1000亿', 100e9 / 86_400],
  ['1日あたり1000億', 100e9 / 86_400],
  ['12 тыс. в секунду', 12e3],
])('%s is a number', (text, value) => {
  expect(numberOf(text)).toBeCloseTo(value, 6 - Math.floor(Math.log10(Math.abs(value))));
});

test.each([
  'Daily active users',
  '2 B Daily active users',
  'Peak 10x daily mean',
  '10× daily mean',
  '1 B / 500 K',
  '2 B × 50 = 100 B',
  'IPv4 10.0.0.1',
  '2024-10-05',
  'v1.2.3',
  '24x7',
  'H.264',
  '第一章',
  '三个副本',
  '200 B/msg compressed',
])('%s stays as it is', (text) => {
  expect(plainNotation(text)).toBe(text);
});

test('a number written in a locale is the number', () => {
  const locales = fc.constantFrom(
    'en-US',
    'de-DE',
    'de-CH',
    'fr-FR',
    'en-IN',
    'hi-IN',
    'ru-RU',
    'sv-SE',
    'ar-EG',
    'fa-IR',
    'bn-BD',
    'ja-JP',
    'pt-BR',
    'es-ES',
  );
  fc.assert(
    fc.property(locales, fc.integer({ min: 1_000_000, max: 2_000_000_000 }), (locale, value) => {
      expect(numberOf(new Intl.NumberFormat(locale).format(value), true)).toBe(value);
    }),
    { numRuns: 300 },
  );
});

test('a power of ten is the number, however it is written', () => {
  const raised = (exponent: number) => [...String(exponent)].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]).join('');
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 99 }),
      fc.integer({ min: 1, max: 15 }),
      fc.constantFrom('×', 'x', '·', '*', ' × '),
      (mantissa, exponent, sign) => {
        for (const text of [`${mantissa}${sign}10^${exponent}`, `${mantissa}${sign}10${raised(exponent)}`, `${mantissa}e${exponent}`])
          expect(numberOf(text)! / (mantissa * 10 ** exponent)).toBeCloseTo(1, 9);
      },
    ),
    { numRuns: 200 },
  );
});

test('no text makes it throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
      plainNotation(text);
    }),
    { numRuns: 500 },
  );
});
