/** The options of a run whose workers join from other machines, and the secret that both ends of their links know. */
import { existsSync, readFileSync } from 'node:fs';
import { OptionError } from '../../services/runtime/whole-option.ts';
import { SILENT_MS } from '../fleet/link-frames.ts';
import { type OptionValues, whole, word } from './options.ts';

export interface FleetOptions {
  readonly hosts: number;
  readonly listenHost: string;
  readonly listenPort: number;
  readonly secret: Uint8Array;
  readonly joinSeconds: number;
  readonly silentSeconds: number;
}

export const DEFAULT_JOIN_SECONDS = 300;
const LEAST_SECRET_BYTES = 16;
const SILENT_SECONDS = SILENT_MS / 1_000;
/** Each end says something once a second. */
const LEAST_SILENT_SECONDS = 3;

export const FLEET_WORDS = {
  workerHosts: whole(),
  listen: word(),
  secretFile: word(),
  joinSeconds: whole(),
  silentSeconds: whole(undefined, LEAST_SILENT_SECONDS),
};

export const FLEET_HELP = `  --worker-hosts N       workers join from N other machines (parley work) instead of being started here; with --box
  --listen HOST:PORT     where they join
  --secret-file FILE     what both know, at least ${LEAST_SECRET_BYTES} bytes; it is proved, never sent
  --join-seconds S       time that they have to join (${DEFAULT_JOIN_SECONDS})
  --silent-seconds S     a worker that says nothing for so long is lost (${SILENT_SECONDS})
`;

export function readFleetOptions(given: OptionValues<typeof FLEET_WORDS>): FleetOptions | undefined {
  const { workerHosts, listen, secretFile, joinSeconds, silentSeconds } = given;
  if (workerHosts === undefined) {
    const others = { listen, 'secret-file': secretFile, 'join-seconds': joinSeconds, 'silent-seconds': silentSeconds };
    const [alone] = Object.entries(others).find(([, value]) => value !== undefined) ?? [];
    if (alone !== undefined) throw new OptionError(`--${alone} belongs to --worker-hosts. See --help.`);
    return undefined;
  }
  const { host, port } = hostAndPort('listen', listen);
  return {
    hosts: workerHosts,
    listenHost: host,
    listenPort: port,
    secret: readSecret(secretFile),
    joinSeconds: joinSeconds ?? DEFAULT_JOIN_SECONDS,
    silentSeconds: silentSeconds ?? SILENT_SECONDS,
  };
}

export function hostAndPort(option: string, text: string | undefined): { readonly host: string; readonly port: number } {
  const [, host, digits] = /^\[?([\w.:-]+?)\]?:(\d{1,5})$/.exec(text ?? '') ?? [];
  const port = Number(digits);
  if (host === undefined || !(port >= 0 && port <= 65_535))
    throw new OptionError(`--${option} takes HOST:PORT, not "${text ?? ''}". See --help.`);
  return { host, port };
}

export function readSecret(path: string | undefined): Uint8Array {
  if (path === undefined) throw new OptionError('--secret-file names the file that coordinator and workers both have. See --help.');
  if (!existsSync(path)) throw new OptionError(`--secret-file: ${path} does not exist.`);
  const secret = readFileSync(path);
  if (secret.length < LEAST_SECRET_BYTES)
    throw new OptionError(`--secret-file: ${path} has ${secret.length} bytes, at least ${LEAST_SECRET_BYTES} are needed.`);
  return secret;
}
