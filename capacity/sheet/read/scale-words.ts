/**
 * Words that scale a number, of languages that the reader of numbers does not know by itself, each behind a number; and numbers
 * spelt in English before such a word. Words that mean different powers in different languages (billion, trillion) are left out.
 */
const WORDS: Readonly<Record<string, string>> = {
  thousand:
    'tysi[ąa]c[aey]?|tysięcy|tys|tis[íi]c[eů]?|tis|tusen|tusind|duizend|ezer|mii|mie|хиляди?|тисяч[іа]?|тис|хиљада|хиљаде|χιλιάδες|χιλ|ribu|rb|nghìn|ngàn|พัน|ألف|آلاف|الف|אלף|אלפים|হাজার|ஆயிரம்|tuhat(?:ta)?|tūkst|tuhande|hazar|هزار|libu|elfu',
  million:
    'miljoenen|miljoen|mjn|miljoner|miljon|millioner|milion(?:y|ów|ů|u|a)?|milión[vuy]?|millió|milioane|mil\\.(?=\\s?(?:už|sez|sp|zp|\\/))|мільйон[иів]*|млн|милиона?|милион[иа]*|милијон[аи]?|εκατομμύρι[αο]|εκατ|juta|jt|triệu|ล้าน|مليون|ملايين|מיליון|মিলিয়ন|miljoona[a]?|milj|میلیون|milyon|मिलियन',
  billion:
    'miljarden|miljard|miljarder|milliarder|miliard(?:y|ów|a|ů|u|i)?|miliarda|milliárd|miliarde?|мільярд[иів]*|милиард[аи]*|милијард[аеи]*|δισεκατομμύρι[αο]|δισ|miliar|tỷ|tỉ|พันล้าน|مليار|مليارات|מיליארד|বিলিয়ন|miljardi[a]?|میلیارد|millardos?|milliardov|млрд|mil milhões|mil milhoes|बिलियन|bilyon',
  trillion:
    'billones|bilion(?:y|ów|ů)|biljoen|biljoner|biljoona[a]?|nghìn tỷ|ล้านล้าน|تريليون|трильйон[иів]*|трилион[аи]*|трлн|триллион(?:а|ов)?|trilyon|τρισεκατομμύρι[αο]|triliun',
  lakh: 'lacs?|லட்சம்|লাখ|লক্ষ|लाख|ലക്ഷം|లక్ష',
  crore: 'crs?|करोड़|কোটি|கோடி|കോടി|కోట్ల?',
};

/** Longer words first: `nghìn tỷ` before `nghìn`, `พันล้าน` before `พัน`. */
export const SCALE_WORDS: ReadonlyArray<readonly [RegExp, string]> = Object.entries(WORDS)
  .flatMap(([plain, words]) => alternatives(words).map((word) => [word, plain] as const))
  .sort((left, right) => right[0].length - left[0].length)
  .map(([word, plain]) => [new RegExp(`(?<=\\d)(\\s?)(?:${word.normalize('NFC')})(?![\\p{L}\\p{M}])\\.?`, 'giu'), plain] as const);

export const SPELT_NUMBERS: Readonly<Record<string, string>> = {
  'half an': '0.5',
  'half a': '0.5',
  a: '1',
  one: '1',
  two: '2',
  three: '3',
  four: '4',
  five: '5',
  six: '6',
  seven: '7',
  eight: '8',
  nine: '9',
  ten: '10',
  twelve: '12',
  fifteen: '15',
  twenty: '20',
  thirty: '30',
  forty: '40',
  fifty: '50',
  'a hundred': '100',
  'one hundred': '100',
  hundred: '100',
};

/** Split at the bars outside of parentheses and brackets. */
function alternatives(words: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const letter of words) {
    if (letter === '(' || letter === '[') depth++;
    if (letter === ')' || letter === ']') depth--;
    if (letter === '|' && depth === 0) {
      parts.push(part);
      part = '';
    } else part += letter;
  }
  return [...parts, part];
}
