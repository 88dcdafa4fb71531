/**
 * One file of a partition's log: a run of frames. Keeps a sparse index from offsets to places, one entry per 4 KiB, made
 * while it is written or at its first read, when its checksums are verified too.
 */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { BackendError } from '../runtime/backend-error.ts';
import { collectRecords, FRAME_OVERHEAD_BYTES, type FrameAt, frameAt } from './file-frame.ts';
import { SparseIndex } from './sparse-index.ts';

const SCAN_BYTES = 1_048_576;

export class Segment {
  readonly path: string;
  readonly base: number;
  end: number;
  bytes = 0;
  private lastLoggedAtMs = 0;
  private file: number;
  private readonly index = new SparseIndex();
  private verified: boolean;

  private constructor(path: string, base: number, end: number, file: number, verified: boolean) {
    this.path = path;
    this.base = base;
    this.end = end;
    this.file = file;
    this.verified = verified;
  }

  static create(path: string, base: number): Segment {
    return new Segment(path, base, base, openSync(path, 'wx+', 0o600), true);
  }

  /** A file that later ones follow: it ends where the next begins. Verified when it is first read. */
  static closed(path: string, base: number, end: number): Segment {
    const segment = new Segment(path, base, end, openSync(path, 'r'), false);
    segment.bytes = fstatSync(segment.file).size;
    return segment;
  }

  /** The last file: a torn tail is cut at the last whole frame. Gives the bytes that were cut. */
  static recover(path: string, base: number): { readonly segment: Segment; readonly cutBytes: number } {
    const segment = new Segment(path, base, base, openSync(path, 'r+'), true);
    const size = fstatSync(segment.file).size;
    const good = segment.scan(size, true);
    if (good < size) ftruncateSync(segment.file, good);
    segment.bytes = good;
    return { segment, cutBytes: size - good };
  }

  /** Writes a frame at the end. On failure the file is cut back to where it was, and the error is thrown. */
  append(frame: Uint8Array, count: number, loggedAtMs: number): void {
    try {
      for (let written = 0; written < frame.length; ) {
        written += writeSync(this.file, frame, written, frame.length - written, this.bytes + written);
      }
    } catch (error) {
      ftruncateSync(this.file, this.bytes);
      throw error;
    }
    this.index.add(this.end - this.base, this.bytes);
    this.bytes += frame.length;
    this.end += count;
    this.lastLoggedAtMs = loggedAtMs;
  }

  collect(from: number, into: Parameters<typeof collectRecords>[4], blockBytes: number): void {
    if (!this.verified) this.verify();
    let { offset, place } = this.index.before(from - this.base);
    let wanted = blockBytes;
    while (place < this.bytes) {
      const block = this.block(place, wanted);
      const read = frameAt(block, 0, false);
      if (read.state === 'broken') throw this.corrupt(place, read.reason);
      if (read.state === 'short') {
        if (place + read.bytes > this.bytes) throw this.corrupt(place, 'cut');
        wanted = read.bytes + FRAME_OVERHEAD_BYTES;
        continue;
      }
      let frame: FrameAt | undefined = read.frame;
      while (frame !== undefined) {
        if (this.base + offset + frame.count > from && !collectRecords(block, frame, this.base + offset, from, into)) return;
        offset += frame.count;
        if (into.records.length >= into.maxRecords || (into.records.length > 0 && into.bytes >= into.maxBytes)) return;
        const next = frameAt(block, frame.next, false);
        if (next.state !== 'whole') {
          place += frame.next;
          wanted = blockBytes;
        }
        frame = next.state === 'whole' ? next.frame : undefined;
      }
    }
  }

  /** Log time of the last frame; a closed file is read for it. */
  lastTime(): number {
    if (!this.verified) this.verify();
    return this.lastLoggedAtMs;
  }

  close(): void {
    closeSync(this.file);
  }

  delete(): void {
    this.close();
    unlinkSync(this.path);
  }

  private verify(): void {
    const { end } = this;
    this.end = this.base;
    const good = this.scan(this.bytes, false);
    if (good < this.bytes || this.end !== end) throw this.corrupt(good, `ends at offset ${this.end}, not ${end}`);
    this.verified = true;
  }

  /** Walks all frames with their checksums, filling the index. Gives the place after the last whole frame. */
  private scan(size: number, tornTailAllowed: boolean): number {
    let place = 0;
    let wanted = SCAN_BYTES;
    while (place < size) {
      const block = this.block(place, Math.min(wanted, size - place));
      let at = 0;
      while (place + at < size) {
        const read = frameAt(block, at, true);
        if (read.state === 'whole') {
          this.index.add(this.end - this.base, place + at);
          this.end += read.frame.count;
          this.lastLoggedAtMs = read.frame.loggedAtMs;
          at = read.frame.next;
          continue;
        }
        if (read.state === 'short' && place + at + read.bytes <= size) {
          wanted = Math.max(SCAN_BYTES, read.bytes);
          break;
        }
        // What a killed process leaves is a prefix of its last write; anything behind a broken frame is damage.
        const torn = read.state === 'short' || place + read.next >= size || this.onlyZeros(place + at, size);
        if (tornTailAllowed && torn) return place + at;
        throw this.corrupt(place + at, read.state === 'broken' ? read.reason : 'cut');
      }
      place += at;
    }
    return place;
  }

  private onlyZeros(place: number, size: number): boolean {
    for (let at = place; at < size; at += SCAN_BYTES) {
      if (this.block(at, Math.min(SCAN_BYTES, size - at)).some((byte) => byte !== 0)) return false;
    }
    return true;
  }

  private block(place: number, bytes: number): Uint8Array {
    const block = new Uint8Array(bytes);
    let read = 0;
    while (read < bytes) {
      const got = readSync(this.file, block, read, bytes - read, place + read);
      if (got === 0) break;
      read += got;
    }
    return read === bytes ? block : block.subarray(0, read);
  }

  private corrupt(place: number, reason: string): BackendError {
    return new BackendError('corrupt', `${this.path} is damaged at byte ${place}: ${reason}`, false);
  }
}
