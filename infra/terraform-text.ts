/**
 * Texts in Terraform's JSON are templates: `${` and `%{` in a script or a query would be taken for an expression. Doubled, they
 * stand for themselves. Keys are templates too.
 */

export function asTemplates<T>(value: T): T {
  return mapTexts(value, (text) => text.replace(/[$%]\{/g, (opening) => opening[0] + opening));
}

/** Back to what the API server is to get. */
export function withoutTemplates<T>(value: T): T {
  return mapTexts(value, (text) => text.replace(/([$%])\1\{/g, '$1{'));
}

function mapTexts<T>(value: T, change: (text: string) => string): T {
  if (typeof value === 'string') return (/[$%]\{/.test(value) ? change(value) : value) as T;
  if (Array.isArray(value)) return value.map((one) => mapTexts(one, change)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const mapped: Record<string, unknown> = {};
  for (const [key, one] of Object.entries(value)) mapped[/[$%]\{/.test(key) ? change(key) : key] = mapTexts(one, change);
  return mapped as T;
}
