/** Every fault that is real here, in the order in which they are done: what takes the most away comes last. */
import { FAULTS } from './faults.ts';
import { BOX_FAULTS } from './faults-box.ts';
import { STAND_FAULTS } from './faults-stands.ts';
import type { Scenario } from './scenario.ts';

export const ALL_FAULTS: readonly Scenario[] = [...BOX_FAULTS, ...STAND_FAULTS, ...FAULTS];
