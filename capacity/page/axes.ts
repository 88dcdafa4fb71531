/** Axes and grid that the charts share, in the report's colours. */
import type { DrawingWidth } from './drawing.ts';
import { standIn } from './palette.ts';

const SMALL_PX = 12;

export function axisStyle(name: string) {
  return {
    name,
    nameTextStyle: { color: standIn('quiet'), fontSize: SMALL_PX },
    axisLine: { show: true, lineStyle: { color: standIn('rule') } },
    axisTick: { show: true, lineStyle: { color: standIn('rule') } },
    minorTick: { show: false },
    splitLine: { show: true, lineStyle: { color: standIn('rule'), opacity: 0.6 } },
    axisLabel: { color: standIn('quiet'), fontSize: SMALL_PX, hideOverlap: true },
  };
}

/** `labelsPx`: room for the labels of the vertical axis. */
export function gridStyle(width: DrawingWidth, labelsPx: number) {
  return { left: labelsPx, right: width === 'wide' ? 24 : 14, top: 14, bottom: 28, containLabel: false };
}

/** "120", "15 K", "1.5 M": short, for axes only. */
export function shortCount(value: number): string {
  if (value >= 1e6) return `${trimmed(value / 1e6)} M`;
  return value >= 1e3 ? `${trimmed(value / 1e3)} K` : trimmed(value);
}

function trimmed(value: number): string {
  return String(Math.round(value * 100) / 100);
}
