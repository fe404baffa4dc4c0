/**
 * Paper: what a person prints, files or hands to a lawyer. Blocks in, one PDF out (ISO 32000, tagged so that it can be read aloud), with the files
 * it speaks of attached to it. Knows nothing of messages or logs, decides nothing, and never writes to disk; its caller says every word.
 */
import { createRequire } from 'node:module';
import { setImmediate as breathe } from 'node:timers/promises';

export type Block =
  | { readonly kind: 'heading'; readonly text: string }
  /** `quiet`: smaller and grey; `mark`: in a frame */
  | { readonly kind: 'text'; readonly text: string; readonly tone?: 'quiet' | 'mark' }
  /** label and value; `exact` values are set in a fixed width and may be compared letter by letter */
  | { readonly kind: 'facts'; readonly rows: readonly { readonly label: string; readonly value: string; readonly exact?: boolean }[] }
  /** a chart of counts that can be read aloud: label, bar, number */
  | { readonly kind: 'bars'; readonly rows: readonly { readonly label: string; readonly n: number }[] }
  /** `share`: parts of the width */
  | { readonly kind: 'table'; readonly columns: readonly { readonly title: string; readonly share: number; readonly right?: boolean }[]; readonly rows: readonly (readonly string[])[] };

export interface Paper {
  readonly title: string;
  /** below the title */
  readonly about: string;
  /** whose paper it is; stands at the foot of every page */
  readonly issuer: string;
  /** ms */
  readonly made: number;
  readonly blocks: readonly Block[];
  /** attached to the paper (ISO 32000-1 §7.11.4) */
  readonly files?: readonly { readonly name: string; readonly about: string; readonly bytes: Uint8Array }[];
}

type Doc = PDFKit.PDFDocument;
type Structure = PDFKit.PDFStructureElement;

const MARGIN = 54;
const [INK, GREY, RULE, PALE, BAR] = ['#1b1a19', '#5c5a58', '#c8c6c4', '#f3f2f1', '#0f6cbd'] as const;
const require = createRequire(import.meta.url);
const face = (name: string): string => require.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`);
/** Rows between which others may work. */
const TURN = 100;

/** What neither prints nor may change how the rest is read: controls, marks that turn the writing's direction (Unicode UTS #39). */
const clean = (text: string): string => text.replace(/\r\n?/g, '\n').replace(/[^\P{C}\n]/gu, '');

/** US Letter. The bytes of one `paper` are always the same. */
export async function print(paper: Paper): Promise<Uint8Array> {
  // Loaded only when somebody asks for paper.
  const { default: PDFDocument } = await import('pdfkit');
  const doc = new PDFDocument({
    size: 'LETTER', margin: MARGIN, bufferPages: true, tagged: true, displayTitle: true, lang: 'en-US', pdfVersion: '1.7', font: face('DejaVuSans'),
    info: { Title: clean(paper.title), Author: clean(paper.issuer), Creator: 'Send Secure', Producer: 'Send Secure', CreationDate: new Date(paper.made) },
  });
  const chunks: Uint8Array[] = [];
  const ended = new Promise<void>((done, fail) => doc.on('data', (chunk: Uint8Array) => chunks.push(chunk)).on('end', done).on('error', fail));
  for (const [name, file] of [['plain', 'DejaVuSans'], ['bold', 'DejaVuSans-Bold'], ['exact', 'DejaVuSansMono']] as const) doc.registerFont(name, face(file));

  const root = doc.struct('Document');
  doc.addStructure(root);
  say(doc, root, 'H1', paper.title, () => doc.font('bold').fontSize(19).fillColor(INK));
  say(doc, root, 'P', paper.about, () => doc.font('plain').fontSize(9.5).fillColor(GREY));
  doc.moveDown(0.8);
  for (const block of paper.blocks) await BLOCKS[block.kind](doc, root, block as never);
  root.end();
  for (const { name, about, bytes } of paper.files ?? []) {
    doc.file(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), { name, description: about, creationDate: new Date(paper.made), modifiedDate: new Date(paper.made) });
  }
  foot(doc, paper);
  doc.end();
  await ended;
  return new Uint8Array(Buffer.concat(chunks));
}

const width = (doc: Doc): number => doc.page.width - 2 * MARGIN;

function say(doc: Doc, into: Structure, tag: string, text: string, style: () => void, options: PDFKit.Mixins.TextOptions = {}): void {
  into.add(doc.struct(tag, {}, () => {
    style();
    doc.text(clean(text), MARGIN, doc.y, { width: width(doc), ...options });
  }));
}

/** A new page, unless that much still fits. */
function room(doc: Doc, height: number): void {
  if (doc.y + height > doc.page.height - MARGIN - 18) doc.addPage();
}

/** Lines and fills mean nothing to who hears the page (ISO 32000-1 §14.8.2.2). */
function drawn(doc: Doc, draw: () => void): void {
  doc.markContent('Artifact', { type: 'Layout' });
  draw();
  doc.endMarkedContent();
}

const BLOCKS: { readonly [K in Block['kind']]: (doc: Doc, into: Structure, block: Extract<Block, { kind: K }>) => Promise<void> | void } = {
  heading(doc, into, { text }) {
    room(doc, 60);
    doc.moveDown(0.7);
    say(doc, into, 'H2', text, () => doc.font('bold').fontSize(12.5).fillColor(INK));
    doc.moveDown(0.3);
  },

  text(doc, into, { text, tone }) {
    const size = tone === 'quiet' ? 8.5 : 10;
    doc.font('plain').fontSize(size);
    if (tone !== 'mark') {
      say(doc, into, 'P', text, () => doc.font('plain').fontSize(size).fillColor(tone === 'quiet' ? GREY : INK), { lineGap: 2 });
      doc.moveDown(0.5);
      return;
    }
    const inner = { width: width(doc) - 20, lineGap: 2 };
    const height = doc.heightOfString(clean(text), inner) + 16;
    room(doc, height);
    const top = doc.y;
    drawn(doc, () => doc.rect(MARGIN, top, width(doc), height).fill(PALE));
    into.add(doc.struct('P', {}, () => { doc.font('plain').fontSize(size).fillColor(INK).text(clean(text), MARGIN + 10, top + 8, inner); }));
    doc.y = top + height;
    doc.moveDown(0.5);
  },

  facts(doc, into, { rows }) {
    const list = doc.struct('L');
    into.add(list);
    const label = Math.round(width(doc) * 0.27);
    for (const row of rows) {
      const options = { width: width(doc) - label, lineGap: 1 };
      const face = () => doc.font(row.exact ? 'exact' : 'plain').fontSize(row.exact ? 8 : 9.5);
      face();
      room(doc, Math.max(14, doc.heightOfString(clean(row.value) || ' ', options)));
      const top = doc.y;
      const item = doc.struct('LI');
      list.add(item);
      item.add(doc.struct('Lbl', {}, () => { doc.font('plain').fontSize(9.5).fillColor(GREY).text(clean(row.label), MARGIN, top, { width: label - 10 }); }));
      const after = doc.y;
      item.add(doc.struct('LBody', {}, () => { face().fillColor(INK).text(clean(row.value) || ' ', MARGIN + label, top, options); }));
      item.end();
      doc.y = Math.max(doc.y, after) + 2;
    }
    list.end();
    doc.moveDown(0.5);
  },

  async bars(doc, into, { rows }) {
    const list = doc.struct('L');
    into.add(list);
    const label = Math.round(width(doc) * 0.3);
    const most = Math.max(1, ...rows.map((r) => r.n));
    for (const [n, row] of rows.entries()) {
      room(doc, 15);
      const top = doc.y;
      const length = ((width(doc) - label - 60) * row.n) / most;
      const item = doc.struct('LI');
      list.add(item);
      item.add(doc.struct('Lbl', {}, () => { doc.font('plain').fontSize(8.5).fillColor(GREY).text(clean(row.label) || 'not stated', MARGIN, top, { width: label - 10, height: 11, ellipsis: true }); }));
      drawn(doc, () => doc.rect(MARGIN + label, top, Math.max(0.5, length), 9).fill(BAR));
      item.add(doc.struct('LBody', {}, () => { doc.font('plain').fontSize(8.5).fillColor(INK).text(String(row.n), MARGIN + label + length + 6, top, { width: 54 }); }));
      item.end();
      doc.y = top + 14;
      if (n % TURN === TURN - 1) await breathe();
    }
    list.end();
    doc.x = MARGIN;
    doc.moveDown(0.5);
  },

  async table(doc, into, { columns, rows }) {
    const table = doc.struct('Table');
    into.add(table);
    const parts = columns.reduce((sum, c) => sum + c.share, 0);
    const cells = columns.map((c) => ({ ...c, width: (width(doc) * c.share) / parts }));
    const head = (): void => row('TH', columns.map((c) => c.title));
    const tall = (texts: readonly string[]): number => Math.max(...cells.map((c, i) => doc.heightOfString(clean(texts[i] ?? '') || ' ', { width: c.width - 8 }))) + 6;
    function row(tag: 'TH' | 'TD', texts: readonly string[]): void {
      const style = () => doc.font(tag === 'TH' ? 'bold' : 'plain').fontSize(8.5);
      style();
      const height = tall(texts);
      if (doc.y + height > doc.page.height - MARGIN - 18) {
        doc.addPage();
        if (tag === 'TD') head();
        style();
      }
      const top = doc.y;
      const line = doc.struct('TR');
      table.add(line);
      let left = MARGIN;
      for (const [i, cell] of cells.entries()) {
        const x = left;
        line.add(doc.struct(tag, {}, () => { style().fillColor(INK).text(clean(texts[i] ?? '') || ' ', x + 4, top + 3, { width: cell.width - 8, align: cell.right ? 'right' : 'left' }); }));
        left += cell.width;
      }
      line.end();
      doc.y = top + height;
      drawn(doc, () => doc.moveTo(MARGIN, doc.y).lineTo(MARGIN + width(doc), doc.y).lineWidth(tag === 'TH' ? 1 : 0.5).strokeColor(RULE ?? '').stroke());
    }
    // A head does not stand alone at the foot of a page.
    doc.font('plain').fontSize(8.5);
    room(doc, 2 * tall([' ']) + tall(rows[0] ?? []));
    head();
    for (const [n, texts] of rows.entries()) {
      row('TD', texts);
      if (n % TURN === TURN - 1) await breathe();
    }
    table.end();
    doc.x = MARGIN;
    doc.moveDown(0.7);
  },
};

/** Whose it is, when it was made, page of pages. */
function foot(doc: Doc, { issuer, made }: Paper): void {
  const { start, count } = doc.bufferedPageRange();
  const when = `${new Date(made).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  for (let n = start; n < start + count; n += 1) {
    doc.switchToPage(n);
    const y = doc.page.height - MARGIN + 8;
    // Below the margin a text would begin a page of its own.
    doc.page.margins.bottom = 0;
    doc.markContent('Artifact', { type: 'Pagination' });
    doc.font('plain').fontSize(8).fillColor(GREY).text(`${clean(issuer)} · ${when}`, MARGIN, y, { width: width(doc) - 80, lineBreak: false, ellipsis: true });
    doc.text(`${n - start + 1} / ${count}`, doc.page.width - MARGIN - 80, y, { width: 80, align: 'right', lineBreak: false });
    doc.endMarkedContent();
  }
}
