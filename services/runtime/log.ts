/** One line of JSON per event on stderr, with time, level and the process's name. Never given a token, key or body. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export function createLog(process_: string, write: (line: string) => void = (line) => void process.stderr.write(line)): Log {
  const at = (level: string) => (event: string, fields?: LogFields) =>
    write(`${JSON.stringify({ time: new Date().toISOString(), level, process: process_, event, ...fields })}\n`);
  return { info: at('info'), warn: at('warn'), error: at('error') };
}
