/** Bundles the `ws` edge into one file that Node runs, dependencies included. */
import { fileURLToPath } from 'node:url';

export async function bundleWsEdge(directory: string): Promise<string> {
  const built = await Bun.build({
    entrypoints: [fileURLToPath(new URL('main-ws.ts', import.meta.url))],
    target: 'node',
    outdir: directory,
    naming: 'edge-ws.mjs',
  });
  if (!built.success) throw new Error(`the ws edge can't be bundled: ${built.logs.join('; ')}`);
  return built.outputs[0]!.path;
}
