/**
 * The list of prices that a workbook of `parley sheet new` carries (hidden sheet "Prices"), so that its costs can be made again from its own
 * counts and prices. A price that is edited there counts as it stands.
 */
import type { PricedShape, PriceList } from '../../model/prices.ts';
import type { Workbook } from '../workbook/read-workbook.ts';

/** Columns of a shape, as they are titled. */
const TITLES = ['shape', 'processors', 'memory (GiB)', 'own disk (GiB)', 'network (Mbit/s)', 'USD/year'] as const;
const DISK = /^attached disk \((.*)\), USD\/GiB\/year$/;

/** Undefined: the workbook has none, or it is no longer one that can be read as it was written. */
export function ownPrices({ sheets }: Workbook): PriceList | undefined {
  const sheet = sheets.find(({ name }) => name === 'Prices');
  if (sheet === undefined) return undefined;
  const rows: string[][] = [];
  for (const { at, text } of sheet.cells) {
    rows[at.row] ??= [];
    rows[at.row]![at.column] = text.trim();
  }
  const [titles, disk, ...shapes] = rows.filter((row) => row !== undefined);
  const diskName = DISK.exec(disk?.[0] ?? '')?.[1];
  if (diskName === undefined || !TITLES.every((title, at) => titles?.[at] === title)) return undefined;
  const instances = shapes.map((row): PricedShape => {
    const number = (title: (typeof TITLES)[number]) => Number(row[TITLES.indexOf(title)]);
    return {
      name: row[0]!,
      vcpus: number('processors'),
      memoryGiB: number('memory (GiB)'),
      localDiskGiB: number('own disk (GiB)'),
      networkMbps: number('network (Mbit/s)'),
      usdPerYear: number('USD/year'),
    };
  });
  const diskUsd = Number(disk![TITLES.length - 1]);
  const numbers = instances.flatMap(({ name: _, ...shape }) => Object.values(shape));
  if (instances.length === 0 || ![diskUsd, ...numbers].every((one) => one !== undefined && Number.isFinite(one) && one >= 0))
    return undefined;
  return {
    schema: 1,
    name: 'the sheet’s own prices',
    currency: 'USD',
    asOf: '',
    source: 'the sheet',
    diskName,
    // The writer puts 0 where there is no attached disk.
    diskUsdPerGiBYear: diskUsd === 0 ? undefined : diskUsd,
    instances,
  };
}
