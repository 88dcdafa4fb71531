/** Where two JSON values differ: the paths of their leaves, `spec.racks[1].name`, with what stands there in each. */

export interface Difference {
  readonly path: string;
  readonly left: unknown;
  readonly right: unknown;
}

export function differences(left: unknown, right: unknown, path = ''): readonly Difference[] {
  if (left === right) return [];
  if (!isBranch(left) || !isBranch(right) || Array.isArray(left) !== Array.isArray(right)) return [{ path, left, right }];
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].flatMap((key) =>
    differences(
      (left as Branch)[key],
      (right as Branch)[key],
      Array.isArray(left) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`,
    ),
  );
}

type Branch = Readonly<Record<string, unknown>>;

function isBranch(value: unknown): value is Branch {
  return typeof value === 'object' && value !== null;
}
