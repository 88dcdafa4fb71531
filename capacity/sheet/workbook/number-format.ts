/**
 * How a cell shows its number: a percentage, a unit in the format (`0" TB"`), thousands left away (`0.0,,"M"`). Gives the text
 * that people see, with every digit that is known and no separator of a locale: `12345e-1 TB`.
 */
const BUILT_IN: Readonly<Record<number, string>> = { 9: '0%', 10: '0.00%' };

export function formatOf(id: number, own: ReadonlyMap<number, string>): string {
  return own.get(id) ?? BUILT_IN[id] ?? '';
}

export function shownNumber(value: number, format: string): string {
  const [positive = ''] = format.split(';');
  // Dates, colours, conditions, currency codes and padding say nothing of the number.
  const money = /\[\$([$€£¥])|"([$€£¥])|\\?([$€£¥])(?![^[]*\])/u.exec(positive);
  const currency = money === null ? '' : (money[1] ?? money[2] ?? money[3] ?? '');
  const bare = positive.replace(/\[[^\]]*\]/g, '').replace(/[_*\\]./g, '');
  const literals = [...bare.matchAll(/"([^"]*)"/g)].map(([, text]) => text!.trim());
  const picture = bare.replace(/"[^"]*"/g, '');
  if (picture.includes('%')) return `${digits(value * 100)}%`;
  const left = /[0#?](,+)(?![0#?])/.exec(picture.replace(/\s/g, ''))?.[1]?.length ?? 0;
  const unit = literals.filter((text) => /^[\p{L}%/µ][\p{L}\p{N} /µ.]*$/u.test(text)).join(' ');
  return `${currency}${digits(value / 1_000 ** left)}${unit === '' ? '' : ` ${unit}`}`;
}

/** Plain digits, a power of ten for what lies behind the point: no sign that a locale reads another way. */
function digits(value: number): string {
  const exact = Number(value.toPrecision(15));
  if (Number.isInteger(exact) && Math.abs(exact) < 1e21) return String(exact);
  const [mantissa, exponent] = exact.toExponential().split('e') as [string, string];
  const behind = mantissa.indexOf('.') < 0 ? 0 : mantissa.length - mantissa.indexOf('.') - 1;
  return `${mantissa.replace('.', '')}e${Number(exponent) - behind}`;
}
