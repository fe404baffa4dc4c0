/** Attachments of the sample drafts, written byte by byte here so that nobody wonders where they come from. */
import { crc32, deflateSync } from 'node:zlib';

/** One page of Helvetica lines (ISO 32000-1 §7.5). */
export function pdf(lines: readonly string[]): Buffer {
  const shown = lines.map((line) => `(${line.replace(/[\\()]/g, '\\$&')}) Tj T*`).join('\n');
  const content = `BT /F1 11 Tf 14 TL 56 780 Td\n${shown}\nET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
  ];
  let out = '%PDF-1.4\n';
  const offsets = objects.map((object, i) => {
    const at = out.length;
    out += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const xref = out.length;
  out += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('')}`;
  out += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${xref}\n%%EOF\n`;
  return Buffer.from(out, 'latin1');
}

/** A line chart as a PNG (W3C PNG, third edition): white ground, grey grid, one blue line through `values` of 0…1. */
export function chart(values: readonly number[], width = 320, height = 140): Buffer {
  const pixels = Buffer.alloc(height * (width * 3 + 1), 0xff);
  const paint = (x: number, y: number, [r, g, b]: readonly [number, number, number]) => {
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    pixels.set([r, g, b], y * (width * 3 + 1) + 1 + x * 3);
  };
  for (let y = 0; y < height; y += 1) pixels[y * (width * 3 + 1)] = 0;
  for (let y = 20; y < height; y += 30) for (let x = 0; x < width; x += 1) paint(x, y, [225, 225, 225]);
  const at = (i: number) => Math.round((height - 20) - (values[i] ?? 0) * (height - 40));
  for (let x = 0; x < width; x += 1) {
    const place = (x / (width - 1)) * (values.length - 1);
    const i = Math.min(values.length - 2, Math.floor(place));
    const y = Math.round(at(i) + (at(i + 1) - at(i)) * (place - i));
    for (let thick = -1; thick <= 1; thick += 1) paint(x, y + thick, [15, 108, 189]);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), chunk('IHDR', header), chunk('IDAT', deflateSync(pixels)), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length, 0);
  head.write(type, 4, 'latin1');
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(Buffer.concat([head.subarray(4), body])), 0);
  return Buffer.concat([head, body, check]);
}
