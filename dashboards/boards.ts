/** All boards, in the order of the list that people see. */
import type { Board } from './board.ts';
import { COST } from './boards/cost.ts';
import { FLEET } from './boards/fleet.ts';
import { GATEWAY } from './boards/gateway.ts';
import { LOADGEN } from './boards/loadgen.ts';
import { MESSAGE_PATH } from './boards/message-path.ts';
import { PRESENCE } from './boards/presence.ts';
import { SLO } from './boards/slo.ts';
import { STORES } from './boards/stores.ts';
import { STORMS } from './boards/storms.ts';

export const BOARDS: readonly Board[] = [FLEET, SLO, GATEWAY, MESSAGE_PATH, STORES, PRESENCE, STORMS, COST, LOADGEN];
