/**
 * The boards of `dashboards/` in ConfigMaps, one each, with the plan's values of this cell as their lines. The sidecar of a Grafana
 * finds them by their label; Grafana itself (AGPL) is the platform's, and no stack installs one.
 */
import type { ConfigMap } from 'kubernetes-types/core/v1';
import { boardTexts } from '../../dashboards/for-stacks.ts';
import { type Manifest, manifest } from '../manifest.ts';
import { labels, NAMESPACES } from '../names.ts';
import type { CellSizes } from '../sizes.ts';

/** As Grafana's charts have it unless they are told otherwise (`sidecar.dashboards.label` and `labelValue`). */
export const BOARD_LABEL = { grafana_dashboard: '1' } as const;

/** That the API server takes of a ConfigMap's data: names and values together. */
export const CONFIG_MAP_BYTES = 1_048_576;

/** A sidecar writes the files of all namespaces into one folder, so a file's name is the board's own. */
export const boardFile = (uid: string) => `${uid}.json`;

export function boardObjects(cell: CellSizes): readonly Manifest[] {
  return [...boardTexts(cell.watched)].map(([uid, text]) =>
    manifest<ConfigMap>({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: `board-${uid}`,
        namespace: NAMESPACES.observability.name,
        labels: { ...labels('boards', cell), ...BOARD_LABEL },
      },
      data: { [boardFile(uid)]: text },
    }),
  );
}
