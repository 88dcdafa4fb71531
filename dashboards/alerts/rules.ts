/** All rules: objectives, causes, and silence. */
import type { AlertRule } from './alert-rule.ts';
import { BURN_RULES } from './burn-rates.ts';
import { absenceRules, TARGET_RULES } from './rules-absence.ts';
import { GATEWAY_RULES } from './rules-gateway.ts';
import { PATH_RULES } from './rules-path.ts';
import { STORE_RULES } from './rules-stores.ts';

const SPEAKING = [...BURN_RULES, ...GATEWAY_RULES, ...PATH_RULES, ...STORE_RULES, ...TARGET_RULES];

export const ALERT_RULES: readonly AlertRule[] = [...SPEAKING, ...absenceRules(SPEAKING)];
