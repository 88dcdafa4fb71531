/** What an operation costs in processor time, by the role of the process that spends it. */
import { type CpuCost, knownCosts, OPERATIONS } from '../../capacity/cpu-bill.ts';
import { drawn } from '../../capacity/page/drawing.ts';
import { html, type Markup, notes, table } from '../../capacity/page/markup.ts';
import type { Colour } from '../../capacity/page/palette.ts';
import { type Stack, stackChart } from '../../capacity/page/stack-chart.ts';
import { text } from '../../capacity/quantity-text.ts';
import { CLIENT_ROLES, type Role, SERVER_ROLES } from '../../capacity/run-record.ts';
import type { Assessment } from './assessment.ts';

/** Less than that an operation is below what the kernel's clock can tell. */
const SHOWN_US = 0.05;

const ROLE_COLOURS: Readonly<Record<Role, Colour>> = {
  supervisor: 'slate',
  edge: 'blue',
  relay: 'orange',
  embedded: 'teal',
  dispatch: 'teal',
  kafka: 'purple',
  cassandra: 'green',
  redis: 'quiet',
  coordinator: 'red',
  worker: 'ochre',
};

export async function cpuSection(assessment: Assessment): Promise<Markup> {
  const { cpu } = assessment;
  const known = knownCosts(cpu);
  const costs = OPERATIONS.flatMap((operation) => known[operation] ?? []);
  const deliveries = known.message?.deliveriesEach;
  const missing = cpu.costs.flatMap((cost) => ('missing' in cost ? [html`<li>${cost.operation}: ${cost.missing}</li>`] : []));
  return html`<section aria-labelledby="cpu"><h2 id="cpu">CPU of an operation</h2>
<p>Microseconds of processor time an operation, user and system. A message is one send with all its frames and deliveries${deliveries === undefined ? '' : `, ${deliveries.toFixed(1)} of them on average`}.</p>
${costs.length === 0 ? undefined : await drawn(stackChart(cpuStack(costs)))}
${table(
  'CPU-microseconds an operation',
  ['operation', 'role', 'user', 'system', 'sum'].map((title, at) => ({ title, numeric: at > 1 })),
  costs.flatMap(cpuRows),
)}
${table(
  'Sums',
  ['operation', 'a second', 'gateway', 'embedded', 'load engine', 'softirq beside', 'heartbeats taken off'].map((title, at) => ({
    title,
    numeric: at > 0,
  })),
  costs.map(sumRow),
)}
${missing.length === 0 ? undefined : html`<p>Not known from this run:</p><ul>${missing}</ul>`}
${notes(cpu.notes)}
</section>`;
}

function cpuStack(costs: readonly CpuCost[]): Stack {
  const us = (cost: CpuCost, role: Role) => (cost.roles[role]?.userUs ?? 0) + (cost.roles[role]?.systemUs ?? 0);
  const roles = [...SERVER_ROLES, ...CLIENT_ROLES].filter((role) => costs.some((cost) => us(cost, role) >= 0.5));
  return {
    name: 'cpu',
    description: `CPU-microseconds an operation by role. ${costs.map((cost) => `${cost.operation}: ${roles.map((role) => `${role} ${us(cost, role).toFixed(0)}`).join(', ')}`).join('; ')}.`,
    bars: costs.map((cost) => cost.operation),
    parts: roles.map((role) => ({ name: role, colour: ROLE_COLOURS[role], values: costs.map((cost) => us(cost, role)) })),
    shown: (value) => `${Math.round(value)} us`,
  };
}

function cpuRows(cost: CpuCost) {
  return [...SERVER_ROLES, ...CLIENT_ROLES].flatMap((role) => {
    const of = cost.roles[role];
    return of === undefined || of.userUs + of.systemUs < SHOWN_US
      ? []
      : [[cost.operation, role, of.userUs.toFixed(1), of.systemUs.toFixed(1), (of.userUs + of.systemUs).toFixed(1)]];
  });
}

function sumRow(cost: CpuCost) {
  const cells = [cost.gatewayUs, cost.embeddedUs, cost.clientUs, cost.softirqUs, cost.heartbeatsOffUs].map((us) => us.toFixed(1));
  return [cost.operation, text(cost.perSecond), ...cells];
}
