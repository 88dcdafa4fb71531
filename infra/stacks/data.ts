/** The systems of a cell that hold its data: the bus, the store, the routes, with their certificates. Sized by the plan alone. */
import type { Environment } from '../environment.ts';
import type { StackContents } from '../manifest.ts';
import { namespaceObject } from '../namespace.ts';
import type { CellSizes } from '../sizes.ts';
import { cassandraObjects } from './data-cassandra.ts';
import { certificateObjects } from './data-certificates.ts';
import { kafkaObjects } from './data-kafka.ts';
import { dataNetwork } from './data-network.ts';
import { redisObjects } from './data-redis.ts';

export function data(cell: CellSizes, environment: Environment): StackContents {
  return {
    objects: [
      namespaceObject('data', cell, environment),
      ...certificateObjects(cell, environment),
      ...kafkaObjects(cell, environment),
      ...cassandraObjects(cell, environment),
      ...redisObjects(cell, environment),
      ...dataNetwork(cell, environment),
    ],
  };
}
