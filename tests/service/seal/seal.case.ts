/**
 * What holds for every protection, whoever reads it: the same words, files and headers come out; nobody hidden is named;
 * the bytes are mail that any server carries.
 */
import { createHash } from 'node:crypto';
import PostalMime from 'postal-mime';
import type { Email } from 'postal-mime';
import { describe, expect, it } from 'vitest';
import type { SealInput, Sealed } from '../../../service/seal/seal.ts';
import { withoutDisplay } from '../../../lab/post/opened.ts';
import { DATE, MESSAGE_ID, SAMPLES, inputOf } from './drafts.ts';
import type { Sample } from './drafts.ts';

interface Protecting {
  readonly name: string;
  seal(input: SealInput): Promise<Sealed>;
  /** what the recipient's program makes of it: the entity with its own headers */
  open(bytes: Uint8Array): Promise<Uint8Array>;
  /** the subject strangers see; null when it is the author's */
  readonly outerSubject: string | null;
  /** the subject stands above the words too, for readers that know no protected headers */
  readonly display?: boolean;
}

export const lines = (text: string | undefined): string => (text ?? '').replace(/\r\n?/g, '\n').replace(/\n+$/, '');

/** RFC 5321 §4.5.3.1.6 and RFC 5322 §2.3: CR and LF only together, 998 octets a line, seven bits. */
export function carries(bytes: Uint8Array): void {
  const text = Buffer.from(bytes).toString('latin1');
  expect(/[^\r]\n|\r(?!\n)/.test(text), 'a bare CR or LF').toBe(false);
  expect(Math.max(...text.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
  expect(/[^\t\r\n\x20-\x7e]/.test(text), 'an eighth bit').toBe(false);
  expect(text.endsWith('\r\n')).toBe(true);
}

export function headerOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1');
  return text.slice(0, text.indexOf('\r\n\r\n') + 2);
}

export async function sameMessage(raw: Uint8Array, { draft, contents }: Sample): Promise<Email> {
  const parsed = await PostalMime.parse(raw);
  const words = withoutDisplay(parsed, raw);
  if (draft.html !== undefined) expect(lines(words.html)).toBe(lines(draft.html));
  if (draft.text !== undefined) expect(lines(words.text)).toBe(lines(draft.text));
  const files = parsed.attachments.filter((a) => a.mimeType !== 'application/pgp-keys');
  expect(files.length).toBe(contents.length);
  for (const [n, fact] of draft.attachments.entries()) {
    const same = files.filter((a) => a.filename === fact.filename).map((a) => Buffer.from(a.content as ArrayBuffer));
    expect(same.some((bytes) => bytes.equals(contents[n]!)), `attachment ${n}`).toBe(true);
  }
  expect(parsed.subject ?? '').toBe(draft.subject);
  expect(parsed.from).toMatchObject({ address: draft.from.address, name: draft.from.name ?? '' });
  const addressed = (role: 'to' | 'cc'): object[] => draft.recipients.filter((r) => r.role === role).map((r) => ({ address: r.address, name: r.name ?? '' }));
  expect(parsed.to ?? []).toEqual(addressed('to'));
  expect(parsed.cc ?? []).toEqual(addressed('cc'));
  expect(parsed.messageId).toBe(MESSAGE_ID);
  expect(Date.parse(parsed.date ?? '')).toBe(DATE);
  expect(parsed.inReplyTo ?? undefined).toBe(draft.inReplyTo);
  expect(parsed.references ?? undefined).toBe(draft.references?.join(' '));
  return parsed;
}

export function protects(make: () => Protecting): void {
  describe.each(SAMPLES.map((sample) => [sample.name, sample] as const))('%s', (_, sample) => {
    it('comes out as it was written', async () => {
      const { seal, open, outerSubject, display = false } = make();
      const sealed = await seal(inputOf(sample));
      expect(sealed.sha256).toBe(createHash('sha256').update(sealed.bytes).digest('hex'));
      carries(sealed.bytes);
      const inner = await open(sealed.bytes);
      const read = await sameMessage(inner, sample);
      const above = display && sample.draft.subject !== '';
      expect((read.text ?? '').startsWith(`Subject: ${sample.draft.subject}\n`)).toBe(above);
      if (sample.draft.html !== undefined) expect(lines(read.html).includes('class="header-protection-legacy-display"')).toBe(above);
      expect(/^Content-Type: text\/plain; charset=utf-8; hp-legacy-display=1\b/m.test(Buffer.from(inner).toString('latin1'))).toBe(above);
      const outer = await PostalMime.parse(sealed.bytes);
      expect(outer.subject ?? '').toBe(outerSubject ?? sample.draft.subject);
      expect(outer.messageId).toBe(MESSAGE_ID);
      expect(outer.from).toMatchObject(sample.draft.from);
      const everything = `${Buffer.from(sealed.bytes).toString('latin1')}${Buffer.from(inner).toString('latin1')}`;
      expect(everything).not.toMatch(/^bcc:/im);
      for (const hidden of sample.draft.recipients.filter((r) => r.role === 'bcc')) expect(everything).not.toContain(hidden.address);
    });
  });
}
