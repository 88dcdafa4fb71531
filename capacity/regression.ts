/**
 * Least squares with an intercept, and how far its line may be trusted. Errors are standard errors; intervals are 95 %.
 * Nothing here knows what is fitted.
 */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Line {
  readonly slope: number;
  readonly slopeError: number;
  readonly intercept: number;
  readonly interceptError: number;
  /** Standard deviation of the points about the line. */
  readonly residualDeviation: number;
  readonly points: number;
  readonly meanX: number;
  /** Sum of squared distances of x from its mean. */
  readonly spreadX: number;
}

export interface Unfit {
  readonly unfit: string;
}

export interface Interval {
  readonly low: number;
  readonly mid: number;
  readonly high: number;
}

/** Two points always lie on a line and say nothing of its error: three different sizes are the least. */
export const FEWEST_SIZES = 3;

export function fitLine(points: readonly Point[]): Line | Unfit {
  const sizes = new Set(points.map((point) => point.x)).size;
  if (sizes < FEWEST_SIZES) return { unfit: `${sizes} different sizes measured, ${FEWEST_SIZES} are the least for a slope with its error` };
  const meanX = mean(points.map((point) => point.x));
  const meanY = mean(points.map((point) => point.y));
  let spreadX = 0;
  let product = 0;
  for (const { x, y } of points) {
    spreadX += (x - meanX) ** 2;
    product += (x - meanX) * (y - meanY);
  }
  const slope = product / spreadX;
  const intercept = meanY - slope * meanX;
  const squares = points.reduce((sum, { x, y }) => sum + (y - intercept - slope * x) ** 2, 0);
  const residualDeviation = Math.sqrt(squares / (points.length - 2));
  return {
    slope,
    slopeError: residualDeviation / Math.sqrt(spreadX),
    intercept,
    interceptError: residualDeviation * Math.sqrt(1 / points.length + meanX ** 2 / spreadX),
    residualDeviation,
    points: points.length,
    meanX,
    spreadX,
  };
}

/** Where one more measurement at `x` falls, 95 of 100 times, if the line goes on as it is. */
export function predictAt(line: Line, x: number): Interval {
  const deviation = line.residualDeviation * Math.sqrt(1 + 1 / line.points + (x - line.meanX) ** 2 / line.spreadX);
  return around(line.intercept + line.slope * x, deviation * tQuantile(line.points - 2));
}

export function around(mid: number, half: number): Interval {
  return { low: mid - half, mid, high: mid + half };
}

/** Two-sided 95 % quantile of Student's t; beyond the table an approximation that is off by less than 0.001. */
export function tQuantile(degreesOfFreedom: number): number {
  return T_975[degreesOfFreedom - 1] ?? 1.95996 + 2.45 / degreesOfFreedom;
}

const T_975 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101, 2.093, 2.086,
  2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
