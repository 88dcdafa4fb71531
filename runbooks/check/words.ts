/** A command line as its words, by the rules of a shell that a runbook uses: quotes, `;`, `&&`, `|`, redirections, `&`. Pure. */

/** Each simple command of the line; undefined where a quote is not closed. */
export function simpleCommands(line: string): readonly (readonly string[])[] | undefined {
  const commands: string[][] = [];
  let words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  const endWord = () => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  const endCommand = () => {
    endWord();
    if (words.length > 0) commands.push(words);
    words = [];
  };
  for (let at = 0; at < line.length; at++) {
    const sign = line[at]!;
    if (quote !== undefined) {
      if (sign === quote) quote = undefined;
      else if (sign === '\\' && quote === '"') word = (word ?? '') + line[++at];
      else word = (word ?? '') + sign;
    } else if (sign === '"' || sign === "'") {
      quote = sign;
      word ??= '';
    } else if (/\s/.test(sign)) endWord();
    else if (';|&'.includes(sign) && line[at - 1] !== '>') endCommand();
    else word = (word ?? '') + sign;
  }
  if (quote !== undefined) return undefined;
  endCommand();
  return commands.map(withoutRedirections).filter((one) => one.length > 0);
}

function withoutRedirections(words: readonly string[]): readonly string[] {
  return words.filter((word) => !/^\d?[<>]/.test(word));
}

/** Words that a runbook leaves to its reader: EDGE_POD, N, FILE. */
export function isPlaceholder(word: string): boolean {
  return /^[A-Z][A-Z0-9_]*(\.json)?$/.test(word);
}
