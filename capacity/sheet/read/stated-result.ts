/**
 * A cell that shows how its number came to be: "20 B × 200 B = 4 TB", "100B / 86400 ≈ 1.16M", "1 B / 500 K". Its number is the result, the
 * way to it a note. What is no calculation is left as it is; one whose result nobody wrote, and that has units, is no number at all.
 */
const OPERAND = '[~≈]?\\(?\\s?[$€]?\\d[\\d.,\\u00a0 _]*(?:e-?\\d+)?';
const OPERATOR = '(?:\\s?[×*·÷⋅]\\s?|\\s[x/+]\\s?|\\s?[/+]\\s|\\sx\\s)';
const CALCULATION = new RegExp(`^\\s*${OPERAND}[^=≈→\\d]{0,30}${OPERATOR}`, 'u');
const RESULT = /^(.*\S)\s*(?:=>|[=≈≅≃→]|~=)\s*(~?\s?[$€]?\s?\d[^=≈→]*)$/u;
const FIRST_RESULT = /^\s*(~?\s?[$€]?\s?\d[^=≈→×*÷]*?)\s*(?:=|⇐|←)\s*(.*[×*÷/+].*\d.*)$/u;

export function statedResult(text: string): string | undefined {
  if (text.length > 300 || !/\d/.test(text)) return text;
  const stated = RESULT.exec(text);
  if (stated !== null && /[×*·÷⋅/+x-]/.test(stated[1]!)) return `${stated[2]!.trim()} (${stated[1]!.trim().replaceAll(/[()]/g, '')})`;
  const first = FIRST_RESULT.exec(text);
  if (first !== null) return `${first[1]!.trim()} (${first[2]!.trim().replaceAll(/[()]/g, '')})`;
  if (!CALCULATION.test(text) || !/\d.*[×*·÷⋅/+x]\s*[~(]?\d/u.test(text)) return text;
  const value = calculated(text);
  return value === undefined ? undefined : `${Number(value.toPrecision(12))} (${text.trim()})`;
}

const SCALES: Readonly<Record<string, number>> = {
  K: 1e3,
  k: 1e3,
  M: 1e6,
  B: 1e9,
  T: 1e12,
  thousand: 1e3,
  million: 1e6,
  billion: 1e9,
  trillion: 1e12,
};
const FACTOR = /^~?\s?(\d+(?:[,_]\d{3})*(?:\.\d+)?(?:e-?\d+)?)\s?(thousand|million|billion|trillion|[KkMBT])?(?![\p{L}\d])\s*$/u;

/** Products and quotients of plain numbers, from left to right. */
function calculated(text: string): number | undefined {
  const words = text.split(/\s*([×*·÷⋅/]|\sx\s)\s*/u);
  let value: number | undefined;
  for (let at = 0; at < words.length; at += 2) {
    const found = FACTOR.exec(words[at]!);
    if (found === null) return undefined;
    const factor = Number(found[1]!.replace(/[,_]/g, '')) * (found[2] === undefined ? 1 : SCALES[found[2]]!);
    const operator = words[at - 1]?.trim();
    if (value === undefined) value = factor;
    else if (operator === '÷' || operator === '/') value /= factor;
    else value *= factor;
  }
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}
