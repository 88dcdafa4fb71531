/**
 * The builds of both ends of a run: what the load engine is of, and what the box's processes were started from. A run in which one
 * of them changed has results of two builds mixed, and says so; one that is gone on with must be gone on with by its own.
 */
import { BackendError } from '../../services/runtime/backend-error.ts';
import { type BoxBuild, type Build, boxBuildText, buildOf } from '../../services/runtime/build.ts';

export interface Builds {
  readonly engine: Build;
  /** Left out: the box did not say. */
  readonly box?: BoxBuild | undefined;
}

/** Of this process, by what stands in its files now. */
export function engineBuild(): Build {
  return buildOf(['capacity', 'loadgen', 'services']);
}

/** Undefined: one build from beginning to end, as far as the box said. */
export function mixedBuilds(begun: BoxBuild | undefined, ended: BoxBuild | undefined): string | undefined {
  const last = ended ?? begun;
  if (last === undefined) return undefined;
  if (last.sources.length > 1) return `results of two builds are mixed: processes of the box were started from ${boxBuildText(last)}`;
  if (begun === undefined || same(begun, last)) return undefined;
  return `results of two builds are mixed: the box was ${boxBuildText(begun)} at the beginning, ${boxBuildText(last)} at the end`;
}

/** Before a run is gone on with. Throws BackendError when either end is of another build than when it began. */
export function demandSameBuilds(begun: Builds | undefined, now: Builds): void {
  // Begun by a version that did not say.
  if (begun === undefined) return;
  const [one, other] = [engineText(begun.engine), engineText(now.engine)];
  if (one !== other)
    throw new BackendError('otherBuild', `the run was begun by ${one}, this is ${other}: go on with it by that one`, false);
  if (begun.box !== undefined && now.box !== undefined && !same(begun.box, now.box))
    throw new BackendError(
      'otherBuild',
      `the run was begun on a box of ${boxBuildText(begun.box)}, this one is ${boxBuildText(now.box)}: results of two builds are not mixed`,
      false,
    );
}

function engineText({ parley, bun, sources }: Build): string {
  return boxBuildText({ parley, bun, sources: [sources] });
}

function same(one: BoxBuild, other: BoxBuild): boolean {
  return boxBuildText(one) === boxBuildText(other);
}
