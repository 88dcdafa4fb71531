/** Reads a node contract as `parley synth` wrote it (`nodes/POOL.contract.json`). What is wrong names the field. */
import { readFileSync } from 'node:fs';
import { amount, isInvalid, list, object, oneOf, optional, readShape, text, whole } from '../../capacity/json-shape.ts';
import { NODE_CONTRACT_SCHEMA, type NodeContract } from '../hosts/node-contract.ts';
import type { NodeSetting } from '../hosts/node-settings.ts';
import { type Refusal, refusalOf } from '../refusal.ts';
import { POOLS } from '../sizes.ts';

export function readContract(file: string): NodeContract | Refusal {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(file, 'utf8'));
  } catch (failure) {
    return { refused: `can't be read: ${(failure as Error).message}`, field: '', file };
  }
  const read = readShape<NodeContract>(CONTRACT, document, '');
  return isInvalid(read) ? refusalOf(read.invalid, file) : read;
}

const CONTRACT = object<NodeContract>({
  schema: oneOf([NODE_CONTRACT_SCHEMA]),
  pool: oneOf(POOLS),
  nodes: whole,
  machine: object<NodeContract['machine']>({ shape: text, cores: amount, memoryBytes: amount, diskBytes: amount }),
  poolLabel: optional(object<NonNullable<NodeContract['poolLabel']>>({ key: text, value: text })),
  kernelAtLeast: text,
  kubernetesAtLeast: text,
  connections: whole,
  settings: list(object<NodeSetting>({ name: text, value: text, when: oneOf(['below', 'above']), limit: text, why: text })),
  runtimeFiles: whole,
  kubelet: object<NodeContract['kubelet']>({
    allowedUnsafeSysctls: list(text),
    podPidsLimit: whole,
    reservedCores: amount,
    reservedMemoryBytes: amount,
  }),
});
