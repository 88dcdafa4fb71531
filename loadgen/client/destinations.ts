/**
 * Which loopback address each connection goes to. Source, destination and port must differ as a whole, and the kernel's
 * search for a source port slows down long before the range is used up, so connections are spread over addresses. How
 * many a run needs is decided by `capacity/fit.ts`.
 */
const LAST_OF_BLOCK = 254;

/** 127.0.0.1 to 127.0.0.254, then 127.0.1.1 and on; `index` from 0. */
export function loopbackAddress(index: number): string {
  return `127.0.${Math.floor(index / LAST_OF_BLOCK)}.${(index % LAST_OF_BLOCK) + 1}`;
}

/** The addresses of a target: of the loopback range for a loopback host, the host itself otherwise. */
export function destinations(host: string, addresses: number): string[] {
  return isLoopback(host) ? Array.from({ length: addresses }, (_, index) => loopbackAddress(index)) : [host];
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
