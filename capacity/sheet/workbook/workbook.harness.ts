/** Small workbooks, made for tests as a spreadsheet would save them. */
import { strToU8, zipSync } from 'fflate';

export interface MadeSheet {
  readonly name: string;
  /** Inside of `sheetData`. */
  readonly rows: string;
  readonly comments?: Readonly<Record<string, string>>;
  /** Ranges: `A1:B1`. */
  readonly merged?: readonly string[];
}

/** A cell: `value` a number or a text; with a formula the value may be left out, as a program without an engine saves it. */
export function cell(at: string, value: number | string | undefined, formula?: string, style = 0): string {
  const written = formula === undefined ? '' : `<f>${escaped(formula)}</f>`;
  if (typeof value === 'string') return `<c r="${at}" t="inlineStr" s="${style}">${written}<is><t>${escaped(value)}</t></is></c>`;
  return `<c r="${at}" s="${style}">${written}${value === undefined ? '' : `<v>${value}</v>`}</c>`;
}

export function row(number: number, ...cells: readonly string[]): string {
  return `<row r="${number}">${cells.join('')}</row>`;
}

export function madeWorkbook(
  sheets: readonly MadeSheet[],
  names: Readonly<Record<string, string>> = {},
  formats: readonly string[] = [],
): Uint8Array {
  const rels = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
  const parts: Record<string, string> = {
    '[Content_Types].xml': '<?xml version="1.0"?><Types/>',
    'xl/workbook.xml': `<?xml version="1.0"?><workbook xmlns:r="${rels}"><sheets>${sheets
      .map(({ name }, at) => `<sheet name="${escaped(name)}" sheetId="${at + 1}" r:id="rId${at + 1}"/>`)
      .join('')}</sheets><definedNames>${Object.entries(names)
      .map(([name, text]) => `<definedName name="${name}">${escaped(text)}</definedName>`)
      .join('')}</definedNames></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships>${sheets
      .map((_, at) => `<Relationship Id="rId${at + 1}" Type="${rels}/worksheet" Target="worksheets/sheet${at + 1}.xml"/>`)
      .join('')}</Relationships>`,
    'xl/styles.xml': `<styleSheet><numFmts>${formats
      .map((code, at) => `<numFmt numFmtId="${164 + at}" formatCode="${escaped(code)}"/>`)
      .join(
        '',
      )}</numFmts><cellXfs><xf numFmtId="0"/>${formats.map((_, at) => `<xf numFmtId="${164 + at}"/>`).join('')}</cellXfs></styleSheet>`,
  };
  for (const [at, { rows, comments, merged = [] }] of sheets.entries()) {
    parts[`xl/worksheets/sheet${at + 1}.xml`] = `<worksheet><sheetData>${rows}</sheetData><mergeCells>${merged
      .map((ref) => `<mergeCell ref="${ref}"/>`)
      .join('')}</mergeCells></worksheet>`;
    if (comments === undefined) continue;
    parts[`xl/worksheets/_rels/sheet${at + 1}.xml.rels`] =
      `<Relationships><Relationship Id="rId1" Type="${rels}/comments" Target="../comments${at + 1}.xml"/></Relationships>`;
    parts[`xl/comments${at + 1}.xml`] = `<comments><commentList>${Object.entries(comments)
      .map(([ref, text]) => `<comment ref="${ref}"><text><r><t>${escaped(text)}</t></r></text></comment>`)
      .join('')}</commentList></comments>`;
  }
  return zipSync(Object.fromEntries(Object.entries(parts).map(([name, text]) => [name, strToU8(text)])));
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
