/** Every setting of a relay that runs on its own, declared once. Secrets are files that are named, never settings. */
import { number, text, word } from '../../runtime/setting-table.ts';
import { SPEAKS } from '../../runtime/versions.ts';
import { SETTINGS } from '../config.ts';

const { gateway, cell, linkFlushMs, lingerMs, edgeGraceSeconds, relayPendingBytes, connectionsPerUser, resumeKeySeconds } = SETTINGS;

export const RELAY_SETTINGS = {
  backends: text('', 'JSON file that says where Kafka, Cassandra and Redis are'),
  gateway,
  cell,
  edges: number(0, 'processes', 0, 1_000, 'edges of the box: deliveries begin when all have come. As many as the box has'),
  host: text('127.0.0.1', 'address that edges connect to'),
  port: number(0, 'port', 0, 65_535, 'port that edges connect to; 0 takes a free one, and the first lines say which'),
  adminHost: text('127.0.0.1', 'address of the admin port'),
  adminPort: number(0, 'port', 0, 65_535, 'port of /healthz, /readyz and /metrics'),
  linkSecretFile: text('', 'file of the secret that edges and relay share'),
  regionSecretFile: text('', 'file of the secret, shared by the boxes of a cell, from which the keys of resume tokens are made'),
  edgeGraceSeconds,
  relayPendingBytes,
  lingerMs,
  linkFlushMs,
  connectionsPerUser,
  resumeKeySeconds,
  speaks: word('newest', SPEAKS, 'predecessor in the first round of a rolling upgrade, while there are dispatchers and relays of before'),
} as const;
