/** A workbook as the parts of an XLSX file. The same book gives the same parts; packing them is not done here. */
import { type BookCell, type BookSheet, columnLetters } from './book.ts';

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const DOCUMENT = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const WORKBOOK_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

/** `results`: with the formulas' values, for readers that do not calculate. */
export function xlsxParts(sheets: readonly BookSheet[], results: boolean): Record<string, string> {
  const numbered = sheets.map((sheet, at) => ({ sheet, number: at + 1, comments: commentsOf(sheet) }));
  const commented = numbered.filter(({ comments }) => comments.length > 0);
  const names = sheets.flatMap((sheet) =>
    cellsOf(sheet).flatMap(({ cell, row, column }) =>
      cell.name === undefined
        ? []
        : [`<definedName name="${escaped(cell.name)}">'${escaped(sheet.name)}'!$${columnLetters(column)}$${row + 1}</definedName>`],
    ),
  );
  const parts: Record<string, string> = {
    '[Content_Types].xml': `${HEAD}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Default Extension="vml" ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/><Override PartName="/xl/workbook.xml" ContentType="${WORKBOOK_TYPE}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${WORKBOOK_TYPE}.styles+xml"/>${numbered.map(({ number }) => `<Override PartName="/xl/worksheets/sheet${number}.xml" ContentType="${WORKBOOK_TYPE}.worksheet+xml"/>`).join('')}${commented.map(({ number }) => `<Override PartName="/xl/comments${number}.xml" ContentType="${WORKBOOK_TYPE}.comments+xml"/>`).join('')}</Types>`,
    '_rels/.rels': relations([['rId1', `${DOCUMENT}/officeDocument`, 'xl/workbook.xml']]),
    'xl/workbook.xml': `${HEAD}<workbook xmlns="${MAIN}" xmlns:r="${DOCUMENT}"><sheets>${numbered.map(({ sheet, number }) => `<sheet name="${escaped(sheet.name)}" sheetId="${number}"${sheet.hidden ? ' state="hidden"' : ''} r:id="rId${number}"/>`).join('')}</sheets><definedNames>${names.join('')}</definedNames><calcPr calcId="0" fullCalcOnLoad="1"/></workbook>`,
    'xl/_rels/workbook.xml.rels': relations([
      ...numbered.map(({ number }) => [`rId${number}`, `${DOCUMENT}/worksheet`, `worksheets/sheet${number}.xml`] as const),
      ['rIdStyles', `${DOCUMENT}/styles`, 'styles.xml'],
    ]),
    'xl/styles.xml': `${HEAD}<styleSheet xmlns="${MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf fontId="0"/><xf fontId="1" applyFont="1"/></cellXfs><dxfs count="3"><dxf><font><color rgb="FF1C7A36"/></font><fill><patternFill><bgColor rgb="FFDDF3E1"/></patternFill></fill></dxf><dxf><font><color rgb="FFB3261E"/></font><fill><patternFill><bgColor rgb="FFFBDFDC"/></patternFill></fill></dxf><dxf><font><color rgb="FF8A5A00"/></font><fill><patternFill><bgColor rgb="FFFCEFD0"/></patternFill></fill></dxf></dxfs></styleSheet>`,
  };
  for (const { sheet, number, comments } of numbered) {
    parts[`xl/worksheets/sheet${number}.xml`] = sheetPart(sheet, results, comments.length > 0);
    if (comments.length === 0) continue;
    parts[`xl/worksheets/_rels/sheet${number}.xml.rels`] = relations([
      ['rIdComments', `${DOCUMENT}/comments`, `../comments${number}.xml`],
      ['rIdShapes', `${DOCUMENT}/vmlDrawing`, `../drawings/comments${number}.vml`],
    ]);
    parts[`xl/comments${number}.xml`] =
      `${HEAD}<comments xmlns="${MAIN}"><authors><author>parley</author></authors><commentList>${comments.map(({ cell, row, column }) => `<comment ref="${columnLetters(column)}${row + 1}" authorId="0"><text><t xml:space="preserve">${escaped(cell.comment!)}</t></text></comment>`).join('')}</commentList></comments>`;
    parts[`xl/drawings/comments${number}.vml`] =
      `<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:x="urn:schemas-microsoft-com:office:excel"><v:shapetype id="note" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe"/>${comments.map(({ row, column }, at) => `<v:shape id="note${at}" type="#note" style="position:absolute;width:260pt;height:70pt;visibility:hidden" fillcolor="#ffffe1"><x:ClientData ObjectType="Note"><x:Row>${row}</x:Row><x:Column>${column}</x:Column></x:ClientData></v:shape>`).join('')}</xml>`;
  }
  return parts;
}

interface Placed {
  readonly cell: BookCell;
  readonly row: number;
  readonly column: number;
}

function cellsOf(sheet: BookSheet): readonly Placed[] {
  return sheet.rows.flatMap((cells, row) => cells.flatMap((cell, column) => (cell === undefined ? [] : [{ cell, row, column }])));
}

function commentsOf(sheet: BookSheet): readonly Placed[] {
  return cellsOf(sheet).filter(({ cell }) => cell.comment !== undefined);
}

function sheetPart(sheet: BookSheet, results: boolean, comments: boolean): string {
  const widths = sheet.widths.map((width, at) => `<col min="${at + 1}" max="${at + 1}" width="${width}" customWidth="1"/>`);
  const rows = sheet.rows.map(
    (cells, row) =>
      `<row r="${row + 1}">${cells.map((cell, column) => (cell === undefined ? '' : cellPart(cell, `${columnLetters(column)}${row + 1}`, results))).join('')}</row>`,
  );
  return `${HEAD}<worksheet xmlns="${MAIN}" xmlns:r="${DOCUMENT}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>${widths.join('')}</cols><sheetData>${rows.join('')}</sheetData>${colours(sheet)}${comments ? '<legacyDrawing r:id="rIdShapes"/>' : ''}</worksheet>`;
}

function cellPart({ value, formula, heading }: BookCell, at: string, results: boolean): string {
  const style = heading === true ? ' s="1"' : '';
  if (formula !== undefined) {
    const kind = typeof value === 'string' ? ' t="str"' : '';
    return `<c r="${at}"${style}${kind}><f>${escaped(formula)}</f>${results && value !== undefined ? `<v>${escaped(String(value))}</v>` : ''}</c>`;
  }
  if (typeof value === 'number') return `<c r="${at}"${style}><v>${value}</v></c>`;
  return `<c r="${at}"${style} t="inlineStr"><is><t xml:space="preserve">${escaped(value ?? '')}</t></is></c>`;
}

function colours({ verdicts, rows }: BookSheet): string {
  if (verdicts === undefined) return '';
  const column = columnLetters(verdicts.column);
  const rule = (word: string, style: number) =>
    `<cfRule type="cellIs" dxfId="${style}" priority="${style + 1}" operator="equal"><formula>"${escaped(word)}"</formula></cfRule>`;
  return `<conditionalFormatting sqref="${column}2:${column}${rows.length}">${rule(verdicts.good, 0)}${rule(verdicts.bad, 1)}${verdicts.open === undefined ? '' : rule(verdicts.open, 2)}</conditionalFormatting>`;
}

function relations(entries: readonly (readonly [id: string, type: string, target: string])[]): string {
  return `${HEAD}<Relationships xmlns="${PACKAGE}/relationships">${entries.map(([id, type, target]) => `<Relationship Id="${id}" Type="${type}" Target="${target}"/>`).join('')}</Relationships>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character]!);
}
