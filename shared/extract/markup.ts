/** XML by an own walk, without DTDs or entities beyond the five of XML 1.0 §4.6 (so none can be expanded). Elements name their values; C-CDA R2.1 heads are spelled as labels. */

interface XmlVisitor {
  open(name: string, attributes: string, empty: boolean): void;
  close(name: string): void;
  text(words: string): void;
  /** what no reader shows: a comment, a word to a program, an entity or a default of the document's own */
  aside?(words: string): void;
}

const ENTITY: { readonly [name: string]: string } = { amp: '&', lt: '<', gt: '>', quot: '"', apos: '\'' };

function unescapeXml(words: string): string {
  if (!words.includes('&')) return words;
  return words.replace(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|([a-z]{2,4}));/g, (whole, hex: string | undefined, decimal: string | undefined, name: string | undefined) => {
    if (name !== undefined) return ENTITY[name] ?? whole;
    const code = hex === undefined ? parseInt(decimal ?? '', 10) : parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
  });
}

/** One pass; names are local names without prefix. */
export function walkXml(xml: string, visitor: XmlVisitor): void {
  const lastQuote = { 34: xml.lastIndexOf('"'), 39: xml.lastIndexOf('\'') };
  let i = 0;
  while (i < xml.length) {
    const open = xml.indexOf('<', i);
    if (open < 0 || open > i) {
      const end = open < 0 ? xml.length : open;
      const words = xml.slice(i, end);
      if (words !== '') visitor.text(unescapeXml(words));
      if (open < 0) return;
    }
    if (xml.startsWith('<!--', open)) {
      const end = xml.indexOf('-->', open + 4);
      visitor.aside?.(xml.slice(open + 4, end < 0 ? xml.length : end));
      i = end < 0 ? xml.length : end + 3;
    } else if (xml.startsWith('<![CDATA[', open)) {
      const end = xml.indexOf(']]>', open + 9);
      visitor.text(xml.slice(open + 9, end < 0 ? xml.length : end));
      i = end < 0 ? xml.length : end + 3;
    } else {
      const end = tagEnd(xml, open, lastQuote);
      if (end < 0) {
        // no mark-up: what follows are words
        visitor.text(unescapeXml(xml.slice(open)));
        return;
      }
      i = end + 1;
      const second = xml.charCodeAt(open + 1);
      if (second === 33 || second === 63) {
        // the first one stands inside the declaration of the document
        const declared = second === 33 ? xml.slice(open, end) : '';
        const own = declared.search(/<!(?:ENTITY|ATTLIST)/);
        if (own >= 0) visitor.aside?.(declared.slice(own + 9));
        else if (second === 63 && !/^<\?(?:xml|mso)/i.test(xml.slice(open, open + 5))) visitor.aside?.(xml.slice(open + 2, end - 1));
        continue;
      }
      const closing = second === 47;
      const tag = /^[^\s/>]+/.exec(xml.slice(open + (closing ? 2 : 1), Math.min(end, open + 200)))?.[0] ?? '';
      const name = tag.slice(tag.indexOf(':') + 1);
      if (closing) visitor.close(name);
      else {
        const empty = xml.charCodeAt(end - 1) === 47;
        visitor.open(name, xml.slice(open + 1 + tag.length, empty ? end - 1 : end), empty);
        if (empty) visitor.close(name);
      }
    }
  }
}

/** The `>` that ends the tag at `open`, past those in quoted values; -1 where there is none. An unclosed quote swallows nothing. */
function tagEnd(xml: string, open: number, lastQuote: { readonly 34: number; readonly 39: number }): number {
  let end = xml.indexOf('>', open);
  for (let i = open + 1; i < end; i += 1) {
    const c = xml.charCodeAt(i);
    if ((c !== 34 && c !== 39) || lastQuote[c] <= i || !/=\s{0,8}$/.test(xml.slice(Math.max(open, i - 9), i))) continue;
    i = xml.indexOf(c === 34 ? '"' : '\'', i + 1);
    if (i > end) end = xml.indexOf('>', i);
  }
  return end;
}

const EACH = /\s([\w:.-]{1,80})\s{0,8}=\s{0,8}(?:"([^"]*)"|'([^']*)')/g;

/** Names and values, but for names of the language itself. */
function attributesOf(attributes: string): (readonly [name: string, value: string])[] {
  const found: (readonly [string, string])[] = [];
  attributes.replace(EACH, (all, name: string, double?: string, single?: string) => {
    const value = unescapeXml(double ?? single ?? '').trim();
    if (value !== '' && !/^(?:xmlns|xsi|xml)(?::|$)/.test(name)) found.push([name.slice(name.indexOf(':') + 1), value]);
    return all;
  });
  return found;
}

export function attribute(attributes: string, name: string): string | undefined {
  const found = new RegExp(`(?:^|[\\s:])${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(attributes);
  const value = found?.[1] ?? found?.[2];
  return value === undefined ? undefined : unescapeXml(value);
}

/** C-CDA and HL7 v3: what an attribute holds, as a label a reader would write. */
const HELD: { readonly [element: string]: readonly [attribute: string, label: string] } = {
  id: ['extension', 'patient id'], birthTime: ['value', 'DOB'], telecom: ['value', 'phone'], effectiveTime: ['value', 'date'], low: ['value', 'date'], high: ['value', 'date'], code: ['displayName', 'code'], value: ['displayName', 'value'], translation: ['displayName', 'value'],
};
/** 2.16.840.1.113883.4.1 is the HL7 object identifier of social security numbers, .4.6 of NPIs. */
const ROOTS: { readonly [oid: string]: string } = { '2.16.840.1.113883.4.1': 'SSN', '2.16.840.1.113883.4.6': 'NPI' };
const JOINED: { readonly [element: string]: string } = { name: 'name', addr: 'address', address: 'address', Address: 'address', PatientName: 'patient name' };
/** Documents whose other attributes are codes of their form, not words: HL7 v3, drawings. */
const CODED = /<(?:\w+:)?(?:ClinicalDocument|svg)[\s>]|urn:hl7-org:v3/;
const INLINE = /^(?:content|b|i|em|strong|sub|sup|a|span|u|footnoteRef|renderMultiMedia)$/;

/** Whether a text that begins with `<` is mark-up at all: it may be somebody's address, or a heart. */
export function isXml(text: string): boolean {
  return /^\s*<(?:[?!]|[A-Za-z_][\w:.-]*[\s/>])/.test(text) && /<\/|\/>/.test(text);
}

/** "birthDate" → "birth Date" */
function spaced(label: string): string {
  return label.replace(/([a-z])([A-Z])/g, '$1 $2');
}

/** Leaf elements and attributes become "name: value" lines, names and addresses one line each, rows of tables one line each. */
export function textOfXml(xml: string): string {
  const coded = CODED.test(xml.slice(0, 4000));
  const out: string[] = [];
  const path: string[] = [];
  let words = '';
  let joined: string[] | undefined;
  let joinedAt = 0;
  let cell = false;
  const flush = (label: string | undefined, end: string): void => {
    const value = words.replace(/\s+/g, ' ').trim();
    words = '';
    if (value === '') {
      if (end === '\t') out.push(end);
      return;
    }
    if (joined !== undefined) joined.push(value);
    else out.push(label === undefined || cell ? `${value}${end}` : `${spaced(label)}: ${value}${end}`);
  };
  walkXml(xml, {
    open(name, attributes) {
      if (!INLINE.test(name)) flush(undefined, '\n');
      const parent = path[path.length - 1] ?? '';
      path.push(name);
      if (name === 'td' || name === 'th') cell = true;
      if (joined === undefined && JOINED[name] !== undefined) {
        joined = [];
        joinedAt = path.length;
      }
      const held = HELD[name];
      const value = held === undefined ? undefined : attribute(attributes, held[0]);
      if (held !== undefined && value !== undefined && value !== '' && joined === undefined) {
        const label = name === 'id' ? ROOTS[attribute(attributes, 'root') ?? ''] ?? held[1] : held[1];
        out.push(`${label}: ${held[1] === 'DOB' || held[1] === 'date' ? day(value) : value.replace(/^tel:/, '')}\n`);
      }
      if (coded) return;
      for (const [key, said] of attributesOf(attributes)) {
        if (said === value && joined === undefined) continue;
        // FHIR writes <family value="…"/>, and a number's name around it
        const label = key !== 'value' ? key : name !== 'value' ? name : parent === 'identifier' ? 'patient id' : parent;
        if (joined !== undefined) joined.push(said);
        else out.push(`${spaced(label)}: ${said}\n`);
      }
    },
    close(name) {
      if (name === 'td' || name === 'th') flush(undefined, '\t');
      else if (name === 'tr') out.push('\n');
      else if (!INLINE.test(name)) flush(path[path.length - 1], '\n');
      if (name === 'td' || name === 'th') cell = false;
      if (joined !== undefined && path.length === joinedAt) {
        const line = joined.join(' ');
        const label = JOINED[name] ?? 'name';
        joined = undefined;
        if (line !== '') out.push(`${label}: ${line}\n`);
      }
      path.pop();
    },
    text(more) {
      words += more;
    },
    aside(more) {
      out.push(`${more.trim()}\n`);
    },
  });
  flush(undefined, '\n');
  return out.join('');
}

/** HL7 v3 TS: 19750501 → 1975-05-01. */
function day(value: string): string {
  return value.replace(/^(\d{4})(\d{2})(\d{2}).*$/, '$1-$2-$3');
}
