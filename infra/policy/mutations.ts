/** All deliberate mistakes. `infra/verify` shows those of the higher rungs to the tools that must catch them. */
import type { Mutation } from './mutation.ts';
import { LADDER_MUTATIONS } from './mutations-ladder.ts';
import { LOADGEN_MUTATIONS } from './mutations-loadgen.ts';
import { OPERATION_MUTATIONS } from './mutations-operation.ts';
import { POD_MUTATIONS } from './mutations-pods.ts';

export const MUTATIONS: readonly Mutation[] = [...POD_MUTATIONS, ...OPERATION_MUTATIONS, ...LOADGEN_MUTATIONS, ...LADDER_MUTATIONS];
