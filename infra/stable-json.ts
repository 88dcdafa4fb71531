/** JSON with its keys in order and two spaces, byte for byte as CDKTF writes it: two synths of the same stack are the same file. */

export function stableJson(value: unknown): string {
  return written(value, '\n');
}

function written(value: unknown, line: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${line}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return `[${value.map((one) => inner + written(one ?? null, inner)).join(',')}${line}]`;
  }
  const object = value as Record<string, unknown>;
  const fields: string[] = [];
  for (const key of Object.keys(object).sort()) {
    if (object[key] !== undefined) fields.push(`${inner}${JSON.stringify(key)}: ${written(object[key], inner)}`);
  }
  return fields.length === 0 ? '{}' : `{${fields.join(',')}${line}}`;
}
