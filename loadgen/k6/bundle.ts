/** The k6 script as one file that k6 loads as it is: the project's codec in it, k6's own modules left to k6. */
import { fileURLToPath } from 'node:url';

export async function bundleK6Script(): Promise<string> {
  const built = await Bun.build({
    entrypoints: [fileURLToPath(new URL('chat.ts', import.meta.url))],
    format: 'esm',
    target: 'browser',
    external: ['k6', 'k6/*'],
    minify: false,
  });
  if (!built.success) throw new Error(`the k6 script was not bundled: ${built.logs.join('\n')}`);
  return await built.outputs[0]!.text();
}
