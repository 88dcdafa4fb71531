/**
 * Positions of consumer groups in one small file, replaced as a whole, at most every COMMIT_FLUSH_MS. What a crash forgets
 * comes to its group again.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { BackendError } from '../runtime/backend-error.ts';
import { COMMIT_FLUSH_MS } from './bus.ts';
import { type GroupPosition, GroupPositions } from './group-positions.ts';

const VERSION = 1;

export class PositionFile {
  readonly positions = new GroupPositions();
  private readonly path: string;
  private readonly flushed: () => void;
  private readonly failed: (error: unknown) => void;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `flushed` is called when what was committed is in the file, `failed` when it could not be written and will be again. */
  constructor(path: string, flushed: () => void, failed: (error: unknown) => void) {
    this.path = path;
    this.flushed = flushed;
    this.failed = failed;
    for (const position of readPositions(path)) this.positions.set(position);
  }

  changed(): void {
    this.timer ??= setTimeout(() => this.flush(), COMMIT_FLUSH_MS);
  }

  close(): void {
    if (this.timer === undefined) return;
    clearTimeout(this.timer);
    this.write();
  }

  private flush(): void {
    this.timer = undefined;
    try {
      this.write();
    } catch (error) {
      this.failed(error);
      this.changed();
      return;
    }
    this.flushed();
  }

  private write(): void {
    writeFileSync(`${this.path}.new`, JSON.stringify({ version: VERSION, positions: this.positions.all() }), { mode: 0o600 });
    renameSync(`${this.path}.new`, this.path);
  }
}

function readPositions(path: string): readonly GroupPosition[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const read = JSON.parse(text) as { version: number; positions: GroupPosition[] };
  if (read.version !== VERSION) throw new BackendError('unknownVersion', `${path} has version ${read.version}, not ${VERSION}`, false);
  return read.positions;
}
