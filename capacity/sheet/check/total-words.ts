/** What a total is called, in the languages that sheets come in, and the sum that it stands for. */
import type { Claim } from './claim.ts';
import type { Way } from './constraints.ts';

const TOTAL =
  /^(?:grand |sub-?|all |overall )?(?:total|totals|subtotal|sum)\b|\b(?:total|subtotal)$|^(?:gesamt|summe|zwischensumme|insgesamt|sous-total|somme|suma|totale|subtotale|totaal|subtotaal|toplam|razem|celkem|totalt)|^(?:итого|всего|合计|合計|总计|總計|小计|小計|総計|합계|총계|소계|कुल|योग)/u;

/** `name`: normalised. */
export function isTotalName(name: string): boolean {
  return TOTAL.test(name);
}

export function sumWay(parts: readonly Claim[]): Way {
  const value = parts.reduce((sum, part) => sum + part.value, 0);
  return { inputs: parts.map((claim) => ({ claim, exponent: 1 })), constant: 1, spare: 1, short: 1, value, isSum: true };
}
