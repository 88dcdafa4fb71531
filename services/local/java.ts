/** How the Java servers of a stack are run: heap, and whether they compile for a quick start or for a long run. */
export interface JavaSettings {
  readonly program: string;
  readonly heapMb: number;
  /** `quick` leaves out the second compiler: ready in half the time, slower for ever. Tests take it, benchmarks don't. */
  readonly jit: 'quick' | 'full';
}

export function javaCommand({ program, heapMb, jit }: JavaSettings): readonly string[] {
  return [
    program,
    `-Xms${heapMb}m`,
    `-Xmx${heapMb}m`,
    '-XX:+UseSerialGC',
    '-XX:+ExitOnOutOfMemoryError',
    ...(jit === 'quick' ? ['-XX:TieredStopAtLevel=1'] : []),
  ];
}
