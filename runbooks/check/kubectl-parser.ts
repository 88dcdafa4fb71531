/**
 * Asks kubectl itself whether it takes a command's verb and flags: it is run against an address at which nobody listens, and
 * reads its arguments before it asks there. Nothing else can come of it.
 */
const NOBODY = 'http://127.0.0.1:1';
/** It got past its arguments. */
const PASSED =
  /connection to the server 127\.0\.0\.1:1 was refused|dial tcp 127\.0\.0\.1:1|the path "[^"]+" does not exist|no such file or directory|no context exists with the name/;
const LIMIT_MS = 20_000;
const AT_ONCE = 4;

/** What kubectl says is wrong with the arguments, or nothing. */
export async function kubectlRefusal(kubectl: string, words: readonly string[]): Promise<string | undefined> {
  const dashes = words.indexOf('--');
  const at = dashes < 0 ? words.length : dashes;
  const command = [kubectl, ...words.slice(0, at), `--server=${NOBODY}`, ...words.slice(at)];
  const environment = { ...process.env, KUBECONFIG: '/dev/null', HOME: '/nonexistent' };
  const child = Bun.spawn(command, { stdin: 'ignore', stdout: 'ignore', stderr: 'pipe', env: environment, timeout: LIMIT_MS, cwd: '/' });
  const said = await new Response(child.stderr).text();
  const code = await child.exited;
  if (code === 0 || PASSED.test(said)) return undefined;
  const lines = said.split('\n').filter((line) => line !== '' && !/^[EWI]\d{4} /.test(line));
  return lines[0] ?? `kubectl ended with ${code} and said nothing`;
}

/** The refusals of many commands, each different one asked once, some at a time. `FILE:LINE: what`. */
export async function kubectlRefusals(
  kubectl: string,
  commands: readonly { readonly place: string; readonly words: readonly string[] }[],
): Promise<readonly string[]> {
  const different = [...new Map(commands.map(({ words }) => [JSON.stringify(words), words])).entries()];
  const refused = new Map<string, string>();
  const ask = async () => {
    for (let next = different.pop(); next !== undefined; next = different.pop()) {
      const refusal = await kubectlRefusal(kubectl, next[1]);
      if (refusal !== undefined) refused.set(next[0], refusal);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  return commands.flatMap(({ place, words }) => {
    const refusal = refused.get(JSON.stringify(words));
    return refusal === undefined ? [] : [`${place}: kubectl: ${refusal}`];
  });
}
