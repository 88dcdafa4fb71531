/**
 * Sentences that tell a capacity: "We have 500 million daily active users. Each user sends 40 messages per day." As labels with their numbers, for
 * texts that hold no table. A clause with several numbers, or none that its words name, is left out: prose that was misread is worse than prose
 * that was not read.
 */
const SCALE = '(?:thousand|million|billion|trillion|lakh|crore|[KMBTGk](?![\\p{L}]))';
const BYTES = '(?:[KMGTPEk]i?B|bytes?|kilobytes?|megabytes?|gigabytes?|terabytes?|petabytes?)(?![\\p{L}])';
const TIME = '(?:second|sec|minute|hour|day|week|month|year|s|min|h)';
const AMOUNT = `[~≈<>≥≤]?\\s?\\$?\\d(?:[\\d.,]*\\d)?(?:e-?\\d+)?(?:\\s?[-–]\\s?\\d[\\d.,]*)?\\s?(?:${SCALE})?\\s?(?:${BYTES})?`;
const RATE = `(?:\\s?(?:/|per|a|an|each|every)\\s?${TIME}(?![\\p{L}]))`;
const SUBJECT_IS = new RegExp(
  `^(?:(?:the|an?|our|its|total|with an?)\\s+)?(\\p{L}[\\p{L} /'’-]{2,60}?)\\s+(?:is|are|of|equals|averages|will be|should be|reaches|grows by|around)\\s+(?:about|around|roughly|approximately|only)?\\s*(${AMOUNT}${RATE}?)(?:[^\\d]*)$`,
  'iu',
);
const NUMBER_OF = new RegExp(
  `(${AMOUNT})\\s+(?:of\\s+)?(\\p{L}[\\p{L}\\p{M} '’-]*?)(${RATE})?(?=$|[.,;:()]|\\s(?:at|in|on|during|for|to|with|when|from|who|that)\\s)`,
  'iu',
);
const AMOUNT_ONLY = new RegExp(`(${AMOUNT}${RATE}?)`, 'iu');

/** Every `label: number` of a line, with the line that it stands on. */
export function proseRows(
  lines: readonly string[],
): ReadonlyArray<{ readonly line: number; readonly label: string; readonly value: string }> {
  return lines.flatMap((line, at) =>
    /^\s*(#|\|)/.test(line)
      ? []
      : sentencesOf(line).flatMap((clause) => {
          const row = rowOf(clause);
          return row === undefined ? [] : [{ line: at, ...row }];
        }),
  );
}

function sentencesOf(line: string): string[] {
  return line
    .split(/(?<=[\p{L}\d)])[.;!?](?=\s|$)|,\s(?!\d)|\s(?:which|so|and|giving|making|i\.e\.|that is)\s/u)
    .map((clause) => clause.trim())
    .filter((clause) => clause !== '');
}

function rowOf(clause: string): { readonly label: string; readonly value: string } | undefined {
  const numbers = clause.match(/\d[\d.,]*/g) ?? [];
  if (numbers.length !== 1) return undefined;
  const said = SUBJECT_IS.exec(clause);
  if (said !== null) return { label: said[1]!.trim(), value: said[2]!.trim() };
  if (
    new RegExp(BYTES, 'u').test(clause) &&
    /\b(store|stores|stored|storage|writes?|grow|grows|growth)\b/i.test(clause) &&
    /\b(day|daily)\b/i.test(clause)
  ) {
    const amount = AMOUNT_ONLY.exec(clause)?.[1]?.trim();
    return amount === undefined ? undefined : { label: 'storage per day', value: amount };
  }
  const [, amount, noun, rate = ''] = NUMBER_OF.exec(clause) ?? [];
  if (amount === undefined || noun === undefined || /^(%|x|times|th|st|nd|rd)\b/i.test(noun)) return undefined;
  const label = [
    /\bpeak\b/i.test(clause) && !/\bpeak\b/i.test(noun)
      ? 'peak '
      : /\b(average|mean)\b/i.test(clause) && !/\b(average|mean)\b/i.test(noun)
        ? 'average '
        : '',
    noun.trim(),
    /\b(?:each|every|per|a|an average)\s+(?:user|person|member|dau)\b/i.test(clause) && !/user/i.test(noun) ? ' per user' : '',
    rate.replace(/^\s?(?:\/|a|an|each|every)\s?/, ' per ').replace(/\s+per\s+/, ' per '),
  ].join('');
  return { label, value: amount.trim() };
}
