/** What watches a cell is there whole: every alert and every board, with the numbers of its plan, where its reader looks for it. */
import type { ConfigMap } from 'kubernetes-types/core/v1';
import { alertRuleFile, boardTexts } from '../../dashboards/for-stacks.ts';
import type { Manifest } from '../manifest.ts';
import { BOARD_LABEL, boardFile, CONFIG_MAP_BYTES } from '../stacks/boards.ts';
import type { Problem, Rule } from './finding.ts';
import { placeOf } from './pods.ts';

type Held = Manifest & ConfigMap;

const configMaps = (objects: readonly Manifest[]) => objects.filter(({ kind }) => kind === 'ConfigMap') as unknown as readonly Held[];

export const WATCHING_RULES: readonly Rule[] = [
  {
    name: 'alerts as planned',
    why: 'an alert that no server evaluates, or with another plan’s number, wakes nobody or for nothing',
    check: ({ objects, cell }) =>
      configMaps(objects).some(({ data = {} }) => Object.values(data).includes(alertRuleFile(cell.watched)))
        ? []
        : [{ place: 'ConfigMap', problem: 'none has the alerts with the numbers of this plan' }],
  },
  {
    name: 'boards as planned',
    why: 'who is called at night looks for a board that is not there, or that draws the line of another plan',
    check: ({ objects, cell }) =>
      [...boardTexts(cell.watched)].flatMap(([uid, text]): readonly Problem[] => {
        const holders = configMaps(objects).filter(({ data = {} }) => Object.hasOwn(data, boardFile(uid)));
        const [holder] = holders;
        if (holder === undefined) return [{ place: 'ConfigMap', problem: `none has the board ${uid}` }];
        if (holders.length > 1)
          return [{ place: placeOf(holder), problem: `the board ${uid} is in ${holders.length}: one of them is shown` }];
        const place = `${placeOf(holder)}: data[${boardFile(uid)}]`;
        return holder.data![boardFile(uid)] === text ? [] : [{ place, problem: 'is not the board with the numbers of this plan' }];
      }),
  },
  {
    name: 'boards are found',
    why: 'Grafana’s sidecar takes ConfigMaps by their label, and the API server none that is too large',
    check: ({ objects, cell }) => {
      const files = new Set([...boardTexts(cell.watched).keys()].map(boardFile));
      return configMaps(objects)
        .filter(({ data = {} }) => Object.keys(data).some((file) => files.has(file)))
        .flatMap((holder) => {
          const place = placeOf(holder);
          const labelled = Object.entries(BOARD_LABEL).every(([label, value]) => holder.metadata.labels?.[label] === value);
          const bytes = Object.entries(holder.data ?? {}).reduce((sum, [file, text]) => sum + Buffer.byteLength(file + text), 0);
          return [
            ...(labelled ? [] : [{ place: `${place}: metadata.labels`, problem: `without ${JSON.stringify(BOARD_LABEL)}` }]),
            ...(bytes <= CONFIG_MAP_BYTES
              ? []
              : [{ place: `${place}: data`, problem: `${bytes} bytes, and ${CONFIG_MAP_BYTES} are taken` }]),
          ];
        });
    },
  },
];
