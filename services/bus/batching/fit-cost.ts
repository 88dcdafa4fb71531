/**
 * What a request costs as a + b · partitions + c · records, by least squares on relative errors, since requests of 1 and of 500
 * records count alike. A part that would come out negative is nothing.
 */
export interface CostPoint {
  readonly partitions: number;
  readonly records: number;
  /** Microseconds of a whole request. */
  readonly us: number;
}

export interface CostFit {
  readonly usPerRequest: number;
  readonly usPerPartition: number;
  readonly usPerRecord: number;
  /** Largest distance of a point from the fit, as a part of the point. */
  readonly worstRelativeError: number;
}

type Row = readonly [number, number, number];

export function fitCost(points: readonly CostPoint[]): CostFit {
  const usable = points.filter(({ us }) => us > 0);
  let parts = [0, 1, 2];
  let solution: number[] = [0, 0, 0];
  while (parts.length > 0) {
    const found = solve(usable, parts);
    solution = [0, 0, 0];
    parts.forEach((part, at) => {
      solution[part] = found[at]!;
    });
    const lowest = parts.reduce((low, part) => (solution[part]! < solution[low]! ? part : low), parts[0]!);
    if (solution[lowest]! >= 0) break;
    parts = parts.filter((part) => part !== lowest);
  }
  const [usPerRequest, usPerPartition, usPerRecord] = solution as [number, number, number];
  const errors = usable.map(({ partitions, records, us }) =>
    Math.abs((usPerRequest + usPerPartition * partitions + usPerRecord * records - us) / us),
  );
  return { usPerRequest, usPerPartition, usPerRecord, worstRelativeError: Math.max(0, ...errors) };
}

/** Normal equations, by elimination with the largest pivot. */
function solve(points: readonly CostPoint[], parts: readonly number[]): number[] {
  const size = parts.length;
  const matrix = Array.from({ length: size }, () => new Array<number>(size + 1).fill(0));
  for (const { partitions, records, us } of points) {
    const row: Row = [1, partitions, records];
    const weight = 1 / (us * us);
    parts.forEach((left, i) => {
      parts.forEach((right, j) => {
        matrix[i]![j]! += weight * row[left]! * row[right]!;
      });
      matrix[i]![size]! += weight * row[left]! * us;
    });
  }
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) if (Math.abs(matrix[row]![column]!) > Math.abs(matrix[pivot]![column]!)) pivot = row;
    [matrix[column], matrix[pivot]] = [matrix[pivot]!, matrix[column]!];
    if (Math.abs(matrix[column]![column]!) < 1e-12) return new Array<number>(size).fill(0);
    for (let row = 0; row < size; row++) {
      if (row === column) continue;
      const factor = matrix[row]![column]! / matrix[column]![column]!;
      for (let at = column; at <= size; at++) matrix[row]![at]! -= factor * matrix[column]![at]!;
    }
  }
  return matrix.map((row, at) => row[size]! / row[at]!);
}
