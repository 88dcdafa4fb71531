/**
 * Every setting of a gateway box, declared once: flags, environment, help and errors derive from this table. Secrets are
 * files in the state directory, or files that are named; never settings.
 */
import {
  flag,
  number,
  type Read,
  readSettings,
  type SettingTable,
  settingLines,
  text,
  type Values,
  word,
} from '../runtime/setting-table.ts';
import { SPEAKS } from '../runtime/versions.ts';

export const SETTINGS = {
  stateDir: text('.parley/gateway', 'directory of logs, keys, sockets and box.json'),
  backends: text('', 'JSON file that says where Kafka, Cassandra and Redis are; when empty the box runs on its embedded backends'),
  dispatchers: number(1, 'processes', 0, 64, 'dispatch processes of a box on real backends; 0: they run elsewhere'),
  gateway: number(1, 'number', 0, 65_535, 'number of this gateway: its partition of deliveries'),
  cell: number(0, 'number', 0, 4_095, 'home cell of conversations created here'),
  host: text('0.0.0.0', 'address the edges listen on'),
  port: number(0, 'port', 0, 65_535, 'port the edges share; 0 takes a free one'),
  adminPort: number(0, 'port', 0, 65_535, 'port of /healthz, /readyz, /metrics and /box, on loopback unless adminHost says otherwise'),
  adminHost: text('127.0.0.1', 'address of the admin port'),
  edges: number(0, 'processes', 0, 1_000, 'edge processes; 0: as many as the file limit and the cores ask for'),
  relay: text(
    '',
    'host:port of a relay that runs on its own (parley relay), with as many edges and the same two secrets; when empty the box starts one',
  ),
  linkSecretFile: text('', 'file of the secret that edges and relay share; when empty one is made in the state directory'),
  regionSecretFile: text(
    '',
    'file of a secret, shared by the boxes of a cell, from which the keys of resume tokens are made; when empty a box makes its own keys',
  ),
  transport: word('bun', ['bun', 'ws'], 'edge on Bun.serve, or on Node with ws'),
  tls: flag('serve wss; a self-signed certificate is made when tlsCertificate is empty'),
  tlsCertificate: text('', 'PEM file of the certificate chain'),
  tlsKey: text('', 'PEM file of the private key'),
  tlsCheckSeconds: number(60, 's', 1, 86_400, 'time between two looks whether the files of certificate and key are others'),
  userKeysFile: text('', 'JSON list of { kid, publicKeyPem } of EdDSA user tokens; when empty a pair is made in keys.json, for tests'),
  keysCheckSeconds: number(60, 's', 1, 86_400, 'time between two looks whether the files of user keys and revocations are others'),
  revocationsFile: text(
    '',
    'JSON list of { user, device?, issuedBefore } of tokens that no longer count; SIGHUP reads it and userKeysFile at once',
  ),
  maxConnections: number(500_000, 'connections', 1, 10_000_000, 'connections of the box'),
  connectionsPerUser: number(8, 'connections', 1, 256, 'connections of one user on this box'),
  heartbeatSeconds: number(30, 's', 1, 1_800, 'heartbeat period where the client asks for none'),
  admissionsPerSecond: number(2_000, 'upgrades/s', 1, 1_000_000, 'new connections the box admits'),
  admissionBurst: number(2_000, 'upgrades', 1, 1_000_000, 'new connections admitted at once after a quiet time'),
  attemptsPerAddressPerSecond: number(20, 'upgrades/s', 1, 1_000_000, 'attempts of one address, checked before any signature'),
  attemptsPerAddressBurst: number(200, 'upgrades', 1, 1_000_000, 'attempts of one address at once'),
  allowedOrigins: text('', 'origins, separated by commas, whose pages may authenticate with a cookie'),
  clockSkewSeconds: number(5, 's', 0, 300, 'tolerated difference of clocks in tokens'),
  sendBufferBytes: number(65_536, 'bytes', 4_096, 16_777_216, 'queued for one connection before it is cut as a slow reader'),
  linkTailBytes: number(16_777_216, 'bytes', 65_536, 1_073_741_824, 'kept per edge for a relay that is away; over it sends are refused'),
  relayPendingBytes: number(67_108_864, 'bytes', 65_536, 1_073_741_824, 'waiting for the backends at the relay; over it sends are refused'),
  linkFlushMs: number(
    10,
    'ms',
    0,
    50,
    'least time between two writes on a link inside the box: a busy link writes less often, an idle one at once',
  ),
  lingerMs: number(0, 'ms', 0, 50, 'time a batch of sends waits for more; 0: one turn of the loop'),
  edgeGraceSeconds: number(3, 's', 0, 60, 'time an edge may be gone from the relay before its routes are removed'),
  speaks: word(
    'newest',
    SPEAKS,
    'versions of what its parts write for others (records, link): predecessor in the first round of a rolling upgrade, while parts of before are there',
  ),
  drainClosesPerSecond: number(2_000, 'closes/s', 1, 1_000_000, 'connections of the box closed per second in a drain'),
  drainSeconds: number(300, 's', 1, 86_400, 'longest drain; what is left then is cut'),
  resumeKeySeconds: number(900, 's', 10, 86_400, 'life of a region key for resume tokens; a token lives as long'),
  messageLogBytes: number(8_589_934_592, 'bytes', 1_048_576, 1_099_511_627_776, 'size of the embedded log; at it sends are refused'),
  conversationRate: number(
    1_000,
    'messages/s',
    1,
    1_000_000,
    'messages a conversation takes, by the time of the embedded log; on real backends the settings file has the rules',
  ),
} as const satisfies SettingTable;

export type GatewayConfig = Values<typeof SETTINGS>;

/** Reads settings: a flag before the environment before the default. Every problem is reported, each with its setting. */
export function readConfig(args: readonly string[], environment: Readonly<Record<string, string | undefined>>): Read<GatewayConfig> {
  return readSettings(SETTINGS, args, environment);
}

/** One line per setting, for --help. */
export function describeSettings(): string {
  return settingLines(SETTINGS);
}
