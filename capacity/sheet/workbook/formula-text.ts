/** The words of a formula of a spreadsheet. A sheet's name stands before a cell as `Sheet1!` or `'My sheet'!`. */
export type Token =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'name'; readonly value: string; readonly sheet: string | undefined }
  | { readonly kind: 'sign'; readonly value: string };

const TOKEN =
  /\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|"((?:[^"]|"")*)"|(?:(?:'((?:[^']|'')+)'|([\p{L}_][\p{L}\p{N}_.]*))!)?(\$?[\p{L}_\\][\p{L}\p{N}_.$]*)|(<>|<=|>=|[-+*/^&=<>(),:;%{}]))/uy;

/** Undefined where a part of it is none of these words: an error such as #REF!, a reference to another file. */
export function tokensOf(formula: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < formula.length) {
    const from = TOKEN.lastIndex;
    if (formula.slice(from).trim() === '') break;
    const found = TOKEN.exec(formula);
    if (found === null) return undefined;
    const [, number, text, quotedSheet, sheet, name, sign] = found;
    if (number !== undefined) tokens.push({ kind: 'number', value: Number(number) });
    else if (text !== undefined) tokens.push({ kind: 'text', value: text.replaceAll('""', '"') });
    else if (name !== undefined) tokens.push({ kind: 'name', value: name, sheet: quotedSheet?.replaceAll("''", "'") ?? sheet });
    else tokens.push({ kind: 'sign', value: sign! });
  }
  return tokens;
}
