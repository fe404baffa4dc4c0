/**
 * Bytes as letters (WHATWG Encoding), by the platform's decoder where there is one. Classic Outlook's runtime has none; its letters are told apart here, slower.
 * ES2016 library only.
 */
interface Decoder { decode(bytes: Uint8Array): string }
declare const TextDecoder: { new (label: string, options?: { readonly fatal?: boolean }): Decoder } | undefined;

const native = (label: string, fatal = false): Decoder | null => (typeof TextDecoder === 'undefined' ? null : new TextDecoder(label, { fatal }));

/** Characters are put together by so many at a time: an engine's stack is only so deep. */
const STEP = 4096;

function spelled(codes: ArrayLike<number>): string {
  let text = '';
  for (let at = 0; at < codes.length; at += STEP) text += String.fromCharCode.apply(null, Array.prototype.slice.call(codes, at, at + STEP) as number[]);
  return text;
}

/** Undefined for what is none. */
export function utf8(bytes: Uint8Array): string | undefined {
  const decoder = native('utf-8', true);
  try {
    if (decoder) return decoder.decode(bytes);
    const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    return decodeURIComponent(escape(spelled(marked ? bytes.subarray(3) : bytes)));
  } catch {
    return undefined;
  }
}

/** From 0x80 on, where Windows-1252 is not Latin-1. */
const BETWEEN = [0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x8d, 0x17d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178];

export function windows(bytes: Uint8Array): string {
  const decoder = native('windows-1252');
  if (decoder) return decoder.decode(bytes);
  return spelled(Uint16Array.from(bytes, (b) => (b >= 0x80 && b < 0xa0 ? (BETWEEN[b - 0x80] as number) : b)));
}

/** UTF-16 behind its mark. Undefined for UTF-32, which begins as UTF-16 does, and read as that has a zero after every letter: nothing would be found in it. */
export function wide(bytes: Uint8Array, big: boolean): string | undefined {
  const decoder = native(big ? 'utf-16be' : 'utf-16le');
  const codes: number[] = [];
  if (!decoder) for (let at = 2; at + 1 < bytes.length; at += 2) codes.push(((bytes[at + (big ? 0 : 1)] as number) << 8) | (bytes[at + (big ? 1 : 0)] as number));
  const text = decoder ? decoder.decode(bytes) : spelled(codes);
  return text.indexOf('\0') >= 0 ? undefined : text;
}

const SIXTYFOUR = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** RFC 4648 §4; what is no letter of it is passed over. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.floor((base64.length * 3) / 4) + 3);
  let [length, held, bits] = [0, 0, 0];
  for (let i = 0; i < base64.length; i += 1) {
    const six = SIXTYFOUR.indexOf(base64.charAt(i));
    if (six < 0) continue;
    held = ((held << 6) | six) & 0xffffff;
    bits += 6;
    if (bits >= 8) bytes[length++] = (held >> (bits -= 8)) & 255;
  }
  return bytes.slice(0, length);
}
