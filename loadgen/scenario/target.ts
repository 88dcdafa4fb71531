/**
 * A target that was not started for a scenario: where it is, whether it may be loaded, and whether it is there. Nothing is sent
 * to one that is neither of this machine nor among the scenario's own hosts, unless the user says so by a flag.
 */
import { existsSync, readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import { OptionError } from '../../services/runtime/whole-option.ts';
import { isLoopback } from '../client/destinations.ts';
import { readKeys, type TokenAlgorithm, tokenMinter } from '../client/token.ts';

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

const MOST_TARGETS = 1_000;
const PROBE_MS = 3_000;

/** `words`: a file with an address a line (# begins a remark), or addresses with commas between them. Throws OptionError. */
export function readTargets(words: string): HostAndPort[] {
  const text = existsSync(words) ? readFileSync(words, 'utf8') : words;
  const addresses = text
    .split(/[\n,]/)
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
  if (addresses.length === 0 || addresses.length > MOST_TARGETS)
    throw new OptionError(`--targets: 1 to ${MOST_TARGETS} addresses host:port, or a file of them, not ${addresses.length}`);
  return addresses.map((address) => {
    const match = /^(\[[0-9a-f:]+\]|[a-z0-9.-]+):(\d{1,5})$/i.exec(address);
    const port = Number(match?.[2]);
    if (match === null || port < 1 || port > 65_535)
      throw new OptionError(`--targets: "${address.slice(0, 80)}" is no host:port, and no file of that name is there`);
    return { host: match[1]!.replace(/^\[|\]$/g, ''), port };
  });
}

/** Those that are neither of this machine nor listed: what stands in the way of loading them. */
export function notOurs(targets: readonly HostAndPort[], hosts: readonly string[]): HostAndPort[] {
  const ours = new Set(hosts.map((host) => host.toLowerCase()));
  return targets.filter(({ host }) => !isLoopback(host) && host !== '::1' && !ours.has(host.toLowerCase()));
}

/** Why a target is not there, in words; undefined: somebody listens. Opens a socket, shakes hands where there is TLS, sends nothing. */
export function absentBecause({ host, port }: HostAndPort, secure: boolean, trusts: boolean): Promise<string | undefined> {
  return new Promise((resolve) => {
    const name = net.isIP(host) === 0 ? { servername: host } : {};
    const socket: net.Socket = secure ? tls.connect({ host, port, rejectUnauthorized: !trusts, ...name }) : net.connect({ host, port });
    const done = (reason: string | undefined) => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.on('error', () => {});
      socket.destroy();
      resolve(reason);
    };
    const timer = setTimeout(() => done(`no answer within ${PROBE_MS / 1_000} s`), PROBE_MS);
    socket.once(secure ? 'secureConnect' : 'connect', () => done(undefined));
    socket.once('error', (error: Error & { code?: string }) => done(error.code ?? error.message));
    socket.once('close', () => done('it closed at once'));
  });
}

/** Whether tokens can be minted from the file; throws an OptionError that names the file and nothing of what is in it. */
export function checkKeys(path: string, algorithm: TokenAlgorithm): void {
  if (!existsSync(path)) throw new OptionError(`--keys: ${path} does not exist`);
  try {
    tokenMinter(readKeys(path), algorithm, 60)(1, 1, 0);
  } catch {
    const wanted = algorithm === 'EdDSA' ? '{ "user": { "kid", "privateKeyPem" } }' : '{ "region": { "kid", "secretBase64Url" } }';
    throw new OptionError(`--keys: no ${algorithm} tokens can be signed with ${path}; it needs ${wanted}`);
  }
}
