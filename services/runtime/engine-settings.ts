/**
 * Settings of Bun's JavaScript engine for processes whose work is sockets and short functions. The last optimising tier is
 * off: it compiles for about 0.2 s of CPU in each process, 18 us a connection at 16,000 connections, and what it compiles
 * is a few per cent of their time. Measured with and without on the ramp and at 8,000 sends/s: never slower.
 */
export const ENGINE_SETTINGS: Readonly<Record<string, string>> = { BUN_JSC_useFTLJIT: '0' };
