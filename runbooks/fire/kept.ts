/** What a run of this folder left for the runbooks' tables: a JSON file beside it, refused where another version wrote it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Kept<Content> {
  readonly file: string;
  /** Undefined before any run. */
  readonly read: () => Content | undefined;
  readonly write: (content: Content) => void;
}

export function keptFile<Content extends { readonly schema: number }>(name: string, schema: Content['schema']): Kept<Content> {
  const file = join(import.meta.dir, name);
  return {
    file,
    read: () => {
      if (!existsSync(file)) return undefined;
      const content = JSON.parse(readFileSync(file, 'utf8')) as Content;
      if (content.schema !== schema) throw new Error(`${file}: schema ${content.schema}, and this version reads ${schema}`);
      return content;
    },
    write: (content) => writeFileSync(file, `${JSON.stringify(content, undefined, 2)}\n`),
  };
}
