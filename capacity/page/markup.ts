/**
 * HTML as text: a template that escapes what is put in, unless it is markup itself. Nothing here knows what is shown.
 */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Markup | string | number | undefined | readonly Part[];

export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.map((piece, at) => piece + (at < parts.length ? rendered(parts[at]) : '')).join(''));
}

export interface Column {
  readonly title: string;
  /** Numbers stand at the right edge, in figures of one width. */
  readonly numeric?: boolean;
}

/** The first cell of a row is its heading. */
export function table(caption: string, columns: readonly Column[], rows: readonly (readonly Part[])[]): Markup {
  const kind = (at: number) => (columns[at]?.numeric === true ? new Markup(' class="number"') : '');
  return html`<div class="scroll"><table>
<caption>${caption}</caption>
<thead><tr>${columns.map((column, at) => html`<th scope="col"${kind(at)}>${column.title}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row) => html`<tr>${row.map((cell, at) => (at === 0 ? html`<th scope="row">${cell}</th>` : html`<td${kind(at)}>${cell}</td>`))}</tr>
`,
  )}</tbody>
</table></div>`;
}

/** Remarks under a table. */
export function notes(lines: readonly string[]): Markup | undefined {
  return lines.length === 0 ? undefined : html`<ul class="quiet">${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
}

function rendered(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(rendered).join('');
  return escaped(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);
}
