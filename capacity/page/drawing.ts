/**
 * Charts drawn as SVG text by ECharts, without a browser and without a script in the page. Each is drawn twice, for wide
 * and for narrow screens, since type that is scaled down can't be read; the style sheet shows the one that fits.
 */
import type { EChartsOption } from 'echarts';
import { html, Markup } from './markup.ts';
import { type Colour, standIn, withNames } from './palette.ts';

export type DrawingWidth = 'wide' | 'narrow';

export interface Chart {
  /** Unique on its page: letters and dashes. */
  readonly name: string;
  /** What a person who can't see it needs to know, in one or two sentences. */
  readonly description: string;
  /** Series by name and colour, shown as text above the drawing. */
  readonly legend: readonly LegendEntry[];
  readonly heightPx: Readonly<Record<DrawingWidth, number>>;
  option(width: DrawingWidth): EChartsOption;
}

export interface LegendEntry {
  readonly name: string;
  readonly colour: Colour;
  readonly dashed?: boolean;
}

const WIDTH_PX: Readonly<Record<DrawingWidth, number>> = { wide: 880, narrow: 358 };

/** Loads the library when the first chart is drawn, and not for those who only print lines. */
export async function drawn(chart: Chart): Promise<Markup> {
  const echarts = await import('echarts');
  const drawings = (['wide', 'narrow'] as const).map((width) => {
    const canvas = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH_PX[width], height: chart.heightPx[width] });
    canvas.setOption({ animation: false, textStyle: { fontFamily: 'inherit', color: standIn('ink') }, ...chart.option(width) });
    const svg = canvas.renderToSVGString();
    canvas.dispose();
    return new Markup(`<div class="${width}">${tidied(svg, `${chart.name}-${width}`)}</div>`);
  });
  const entries = chart.legend.map(
    ({ name, colour, dashed }) =>
      html`<li><span class="swatch${dashed === true ? ' dashed' : ''}" style="color: var(--${colour})"></span>${name}</li>`,
  );
  return html`<figure class="chart"><ul class="legend">${entries}</ul>
<div role="img" aria-label="${chart.description}">${drawings}</div></figure>`;
}

/** The library numbers its drawings as they are made; the page must be the same however many were made before it. */
function tidied(svg: string, name: string): string {
  return withNames(svg)
    .replaceAll(/\bzr\d+-/g, `${name}-`)
    .replace(/<svg [^>]*(viewBox="[^"]*")[^>]*>/, '<svg $1 xmlns="http://www.w3.org/2000/svg" aria-hidden="true" focusable="false">')
    .replaceAll(/<style[^>]*>.*?<\/style>\s*/gs, '') // What would happen under a mouse: nothing does.
    .replaceAll(/ (?:class|ecmeta_\w+)="[^"]*"| pointer-events="visible"/g, '');
}
