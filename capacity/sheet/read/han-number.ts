/**
 * Numbers of Chinese, Japanese and Korean that take more than one scale or no digits at all: `1億2000万`, `3亿5千万`, `二十亿`. One digit
 * group with one scale (`500万`) is left to the reader of numbers, which keeps how exactly it was written.
 */
const DIGITS: Readonly<Record<string, number>> = {
  〇: 0,
  零: 0,
  一: 1,
  二: 2,
  两: 2,
  兩: 2,
  三: 3,
  四: 4,
  五: 5,
  六: 6,
  七: 7,
  八: 8,
  九: 9,
};
const SMALL: Readonly<Record<string, number>> = { 十: 10, 百: 100, 千: 1_000, 십: 10, 백: 100, 천: 1_000 };
const LARGE: Readonly<Record<string, number>> = { 万: 1e4, 萬: 1e4, 만: 1e4, 億: 1e8, 亿: 1e8, 억: 1e8, 兆: 1e12, 조: 1e12 };

const RUN = /(?:\d[\d.,]*|[〇零一二两兩三四五六七八九])?(?:\s?\d[\d.,]*|[〇零一二两兩三四五六七八九十百千십백천万萬만億亿억兆조])+/gu;

export function hanNumber(text: string): string {
  return text.replace(RUN, (run: string) => {
    if (!/[万萬만億亿억兆조]/u.test(run) || /^\d[\d.,]*\s?[十百千십백천]?[万萬만億亿억兆조]$/u.test(run)) return run;
    const value = totalOf(run);
    return value === undefined ? run : writtenShort(value);
  });
}

function totalOf(run: string): number | undefined {
  let total = 0;
  let section = 0;
  let current: number | undefined;
  for (const [word] of run.matchAll(/\d[\d.,]*|\S/gu)) {
    const digit = /^\d/.test(word) ? Number(word.replaceAll(',', '')) : DIGITS[word];
    if (digit !== undefined) {
      if (Number.isNaN(digit) || current !== undefined) return undefined;
      current = digit;
    } else if (SMALL[word] !== undefined) {
      section += (current ?? 1) * SMALL[word];
      current = undefined;
    } else {
      const scale = LARGE[word];
      if (scale === undefined) return undefined;
      section += current ?? 0;
      if (section === 0) return undefined;
      total += section * scale;
      section = 0;
      current = undefined;
    }
  }
  return total + section + (current ?? 0);
}

/** Digits and a power of ten, without the zeros that were not written. */
function writtenShort(value: number): string {
  const digits = String(value);
  const zeros = /^\d+?(0+)$/.exec(digits)?.[1]?.length ?? 0;
  return zeros === 0 ? digits : `${digits.slice(0, -zeros)}e${zeros}`;
}
