/** A board as Grafana's JSON, by Grafana's own builders. The same board and plan give the same text, byte by byte. */
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import { type Board, type Panel, type PlanRows, planValue } from './board.ts';

const PANEL_WIDTH = 12;
const PANEL_HEIGHT = 8;
const COLUMNS = 2;
const SOURCE = { type: 'prometheus', uid: '$datasource' };

export function renderBoard(board: Board, plan: PlanRows): string {
  return `${JSON.stringify(boardDocument(board, plan), undefined, 2)}\n`;
}

export function boardDocument(board: Board, plan: PlanRows): dashboard.Dashboard {
  const builder = new dashboard.DashboardBuilder(board.title)
    .uid(board.uid)
    .description(board.description)
    .tags(['parley'])
    .readonly()
    .refresh('30s')
    .time({ from: 'now-3h', to: 'now' })
    .withVariable(new dashboard.DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'));
  if (board.oneGateway === true)
    builder.withVariable(
      new dashboard.QueryVariableBuilder('gateway')
        .label('Gateway')
        .datasource(SOURCE)
        .query('label_values(parley_edge_connections, pod)')
        .includeAll(true),
    );
  board.panels.forEach((panel, index) => {
    const x = (index % COLUMNS) * PANEL_WIDTH;
    const y = Math.floor(index / COLUMNS) * PANEL_HEIGHT;
    builder.withPanel(panelOf(panel, plan).gridPos({ x, y, w: PANEL_WIDTH, h: PANEL_HEIGHT }));
  });
  return builder.build();
}

/** Thresholds carry no names: the lines' labels and values stand in the description. */
function panelOf({ id, title, description, unit, queries, lines = [] }: Panel, plan: PlanRows): timeseries.PanelBuilder {
  const drawn = lines.map((line) => ({ label: line.label, value: planValue(line, plan)! })).sort((one, other) => one.value - other.value);
  const said = drawn.map(({ label, value }) => `${label}: ${Number(value.toPrecision(4)).toLocaleString('en-GB')}`);
  const panel = new timeseries.PanelBuilder()
    .id(id)
    .title(title)
    .description([description, ...said].join('\n\n'))
    .unit(unit)
    .min(0)
    .datasource(SOURCE)
    .thresholds(
      new dashboard.ThresholdsConfigBuilder()
        .mode(dashboard.ThresholdsMode.Absolute)
        .steps([
          { value: null, color: 'green' },
          ...drawn.map(({ value }, index) => ({ value, color: index === drawn.length - 1 ? 'red' : 'orange' })),
        ]),
    )
    .thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder().mode(
        drawn.length === 0 ? common.GraphThresholdsStyleMode.Off : common.GraphThresholdsStyleMode.Dashed,
      ),
    );
  queries.forEach(({ expr, legend }, index) => {
    panel.withTarget(
      new prometheus.DataqueryBuilder()
        .expr(expr)
        .legendFormat(legend)
        .refId(String.fromCharCode(65 + index))
        .range(),
    );
  });
  return panel;
}
