/**
 * Every constant that the model uses, as one table. A part's coefficients stand in `coefficients-<part>.ts` and are joined
 * here, one line each; keys begin with their part's name, and a test sees that none stands twice.
 */
import { CASSANDRA_COEFFICIENTS } from './coefficients-cassandra.ts';
import { DISPATCH_COEFFICIENTS } from './coefficients-dispatch.ts';
import { FLEET_COEFFICIENTS } from './coefficients-fleet.ts';
import { GATEWAY_COEFFICIENTS } from './coefficients-gateway.ts';
import { KAFKA_COEFFICIENTS } from './coefficients-kafka.ts';
import { LOADGEN_COEFFICIENTS } from './coefficients-loadgen.ts';
import { OBSERVABILITY_COEFFICIENTS } from './coefficients-observability.ts';
import { PREKEYS_COEFFICIENTS } from './coefficients-prekeys.ts';
import { PUSH_COEFFICIENTS } from './coefficients-push.ts';
import { REDIS_COEFFICIENTS } from './coefficients-redis.ts';
import type { Numbers, Quantity } from './quantity.ts';

export const COEFFICIENT_PARTS = [
  CASSANDRA_COEFFICIENTS,
  DISPATCH_COEFFICIENTS,
  FLEET_COEFFICIENTS,
  GATEWAY_COEFFICIENTS,
  KAFKA_COEFFICIENTS,
  LOADGEN_COEFFICIENTS,
  OBSERVABILITY_COEFFICIENTS,
  PREKEYS_COEFFICIENTS,
  PUSH_COEFFICIENTS,
  REDIS_COEFFICIENTS,
] as const;

export const DEFAULT_COEFFICIENTS = {
  ...CASSANDRA_COEFFICIENTS,
  ...DISPATCH_COEFFICIENTS,
  ...FLEET_COEFFICIENTS,
  ...GATEWAY_COEFFICIENTS,
  ...KAFKA_COEFFICIENTS,
  ...LOADGEN_COEFFICIENTS,
  ...OBSERVABILITY_COEFFICIENTS,
  ...PREKEYS_COEFFICIENTS,
  ...PUSH_COEFFICIENTS,
  ...REDIS_COEFFICIENTS,
} as const;

export type CoefficientKey = keyof typeof DEFAULT_COEFFICIENTS;
export type Coefficients = Readonly<Record<CoefficientKey, Quantity>>;
export type CoefficientNumbers = Numbers<Coefficients>;
