/** Coefficients that `parley refit --out` wrote, read from their file. */
import { isInvalid } from '../json-shape.ts';
import { type Coefficients, DEFAULT_COEFFICIENTS } from '../model/coefficients.ts';
import { readOverlay } from '../refit/overlay-reader.ts';
import { jsonOf, Mistake } from './read-run.ts';

export function overlayIn(path: string): Partial<Coefficients> {
  const overlay = readOverlay(jsonOf(path), DEFAULT_COEFFICIENTS);
  if (isInvalid(overlay)) throw new Mistake(`${path}: ${overlay.invalid}`);
  return overlay;
}
