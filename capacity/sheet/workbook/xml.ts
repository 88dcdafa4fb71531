/**
 * A small reader of the XML that workbooks are made of: elements, attributes and text, names without their namespace. No
 * document types and so no entities of a file's own; bounded in depth and in elements.
 */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  /** Of this element itself, not of those in it. */
  text: string;
}

const DEPTH_LIMIT = 64;
const ELEMENTS_LIMIT = 4_000_000;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Undefined where it is not well-formed or too large. */
export function parseXml(source: string): XmlElement | undefined {
  const root: XmlElement = { name: '', attributes: {}, children: [], text: '' };
  const open: XmlElement[] = [root];
  let elements = 0;
  for (let at = 0; at < source.length; ) {
    const tag = source.indexOf('<', at);
    const here = open.at(-1)!;
    if (tag !== at) here.text += unescapeXml(source.slice(at, tag < 0 ? source.length : tag));
    if (tag < 0) break;
    if (source.startsWith('<!--', tag)) at = after(source, '-->', tag);
    else if (source.startsWith('<![CDATA[', tag)) {
      at = after(source, ']]>', tag);
      if (at > 0) here.text += source.slice(tag + 9, at - 3);
    } else if (source.startsWith('<?', tag)) at = after(source, '?>', tag);
    else if (source.startsWith('<!', tag)) return undefined;
    else {
      at = after(source, '>', tag);
      if (at === 0) return undefined;
      const inside = source.slice(tag + 1, at - 1);
      if (inside.startsWith('/')) {
        if (open.length === 1 || open.pop()!.name !== localName(inside.slice(1).trim())) return undefined;
        continue;
      }
      const isEmpty = inside.endsWith('/');
      const name = /^[^\s/]+/.exec(inside)?.[0];
      if (name === undefined || ++elements > ELEMENTS_LIMIT) return undefined;
      const element: XmlElement = { name: localName(name), attributes: attributesOf(inside.slice(name.length)), children: [], text: '' };
      here.children.push(element);
      if (!isEmpty && open.push(element) > DEPTH_LIMIT) return undefined;
    }
    if (at === 0) return undefined;
  }
  return open.length === 1 && root.children.length === 1 ? root.children[0] : undefined;
}

export function childrenNamed(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return element === undefined ? [] : element.children.filter((child) => child.name === name);
}

export function childNamed(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}

/** The text of an element and of all below it, but for those named. */
export function textOf(element: XmlElement | undefined, without: readonly string[] = []): string {
  if (element === undefined) return '';
  return element.text + element.children.map((child) => (without.includes(child.name) ? '' : textOf(child, without))).join('');
}

function attributesOf(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name, double, single] of text.matchAll(/([^\s=/]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g))
    attributes[name === 'r:id' ? 'r:id' : localName(name!)] = unescapeXml(double ?? single ?? '');
  return attributes;
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function unescapeXml(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(#x[0-9a-f]+|#\d+|[a-z]+);/gi, (whole, entity: string) => {
    if (!entity.startsWith('#')) return ENTITIES[entity] ?? whole;
    const code = /^#x/i.test(entity) ? Number.parseInt(entity.slice(2), 16) : Number(entity.slice(1));
    return code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole;
  });
}

/** Where what follows `end` begins; 0 when there is no end. */
function after(source: string, end: string, from: number): number {
  const at = source.indexOf(end, from);
  return at < 0 ? 0 : at + end.length;
}
