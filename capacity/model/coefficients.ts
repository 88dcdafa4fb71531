/**
 * Every constant that the model uses, as one table. A part's coefficients stand in `coefficients-<part>.ts` and are joined
 * here, one line each; keys begin with their part's name, and a test sees that none stands twice.
 */
import { FLEET_COEFFICIENTS } from './coefficients-fleet.ts';
import { GATEWAY_COEFFICIENTS } from './coefficients-gateway.ts';
import type { Numbers, Quantity } from './quantity.ts';

export const COEFFICIENT_PARTS = [FLEET_COEFFICIENTS, GATEWAY_COEFFICIENTS] as const;

export const DEFAULT_COEFFICIENTS = {
  ...FLEET_COEFFICIENTS,
  ...GATEWAY_COEFFICIENTS,
} as const;

export type CoefficientKey = keyof typeof DEFAULT_COEFFICIENTS;
export type Coefficients = Readonly<Record<CoefficientKey, Quantity>>;
export type CoefficientNumbers = Numbers<Coefficients>;
