/** Numbers of a plan in a file, for verbs. */
import { readFileSync } from 'node:fs';
import { readPlanRows } from './plan-rows.ts';

/** Or what is wrong with the file, in a line. */
export function planFile(file: string): ReturnType<typeof readPlanRows> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return `${file}: can’t be read`;
  }
  const rows = readPlanRows(text);
  return typeof rows === 'string' ? `${file}: ${rows}` : rows;
}
