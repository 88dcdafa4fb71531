/** What coordinator and workers must have in common: a version, a runtime, and the sources that a run hangs on. */
import { type Build, buildOf } from '../../services/runtime/build.ts';

export function ownBuild(): Build {
  return buildOf(['capacity', 'loadgen', 'services/protocol', 'services/runtime']);
}
