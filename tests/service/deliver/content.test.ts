/** Laying out for DATA: what was laid out and read back is what was given. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layOut } from '../../../service/deliver/smtp/dialogue.ts';

/** what a server does: up to the lone dot, one leading dot off every line (RFC 5321 §4.5.2) */
function received(wire: string): { readonly content: string; readonly rest: string } {
  const lines: string[] = [];
  let rest = wire;
  for (;;) {
    const end = rest.indexOf('\r\n');
    if (end < 0) return { content: lines.join(''), rest };
    const line = rest.slice(0, end);
    rest = rest.slice(end + 2);
    if (line === '.') return { content: lines.join(''), rest };
    lines.push(`${line.startsWith('.') ? line.slice(1) : line}\r\n`);
  }
}

const line = fc.oneof(fc.constantFrom('', '.', '..', '...', '.x', 'x.'), fc.string({ unit: fc.constantFrom('a', '.', ' ', 'é'), maxLength: 90 }));
const wire = async (text: string): Promise<string> => Buffer.concat((await layOut(Buffer.from(text))).pieces).toString();

describe('layOut', () => {
  test('any lines survive', async () => {
    await fc.assert(fc.asyncProperty(fc.array(line), async (lines) => {
      const text = lines.map((one) => `${one}\r\n`).join('');
      expect(received(await wire(text))).toEqual({ content: text, rest: '' });
    }));
  });
  test('at every edge of a piece', async () => {
    for (let shift = 0; shift < 8; shift += 1) {
      const text = `${'x'.repeat(65_530 + shift)}\r\n.\r\n..\r\n${'y'.repeat(65_530 - shift)}\r\n.end\r\n`;
      expect(received(await wire(text))).toEqual({ content: text, rest: '' });
    }
  });
  test('a missing last line end is added', async () => expect(await wire('a')).toBe('a\r\n.\r\n'));
  test('the end mark is a piece of its own where the content is long, so that a break before it is known to be one', async () => {
    const { pieces } = await layOut(Buffer.from('x'.repeat(70_000) + '\r\n'));
    expect(pieces.map((piece) => piece.length)).toEqual([65_536, 4466, 3]);
  });
  test('a bare CR or LF anywhere is refused', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 0, max: 140_000 }), fc.constantFrom('\r', '\n'), async (at, bare) => {
      const text = `${'x'.repeat(at)}${bare}${'y'.repeat(140_000 - at)}\r\n`;
      await expect(layOut(Buffer.from(text))).rejects.toMatchObject({ code: 'content-not-canonical' });
    }), { numRuns: 40 });
  });
  test('eight-bit content is known as such', async () => expect([(await layOut(Buffer.from('é\r\n'))).ascii, (await layOut(Buffer.from('e\r\n'))).ascii]).toEqual([false, true]));
});
