/** A whole number from the words of a command: digits, with the separators that people use in "500,000" or "500_000". */
export class OptionError extends Error {}

export function wholeOption(name: string, text: string | undefined, least = 1): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,3}([,_]\d{3})+$|^\d+$/.test(text) ? Number(text.replaceAll(/[,_]/g, '')) : Number.NaN;
  if (!Number.isSafeInteger(value) || value < least) {
    throw new OptionError(`--${name} takes a whole number of at least ${least}, not "${text}". See --help.`);
  }
  return value;
}
