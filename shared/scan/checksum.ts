/** Check digits and number ranges of public identifiers. Each takes the bare characters and answers yes or no; none looks anything up. */

/** ISO/IEC 7812-1 annex B. */
export function luhn(digits: string): boolean {
  let sum = 0;
  let twice = false;
  for (let i = digits.length - 1; i >= 0; i -= 1) {
    let d = digits.charCodeAt(i) - 48;
    if (twice) {
      d *= 2;
      if (d > 9) d -= 9;
    }
    sum += d;
    twice = !twice;
  }
  return sum % 10 === 0;
}

/** Issuer ranges by scheme with their lengths: ISO/IEC 7812 prefixes as the schemes publish them. */
const ISSUERS: readonly (readonly [prefix: RegExp, lengths: string])[] = [
  [/^4/, ' 13 16 19 '], [/^5[1-5]/, ' 16 '], [/^2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)/, ' 16 '], [/^3[47]/, ' 15 '], [/^3(?:0[0-59]|[689])/, ' 14 15 16 17 18 19 '], [/^6(?:011|4[4-9]|5)/, ' 16 17 18 19 '],
  [/^35/, ' 16 '], [/^(?:1800|2131)/, ' 15 '], [/^1\d/, ' 15 '], [/^62/, ' 16 17 18 19 '], [/^(?:50|5[6-9]|6\d)/, ' 12 13 14 15 16 17 18 19 '],
];

export function isCard(digits: string): boolean {
  return luhn(digits) && ISSUERS.some(([prefix, lengths]) => prefix.test(digits) && lengths.indexOf(` ${digits.length} `) >= 0) && !/^(\d)\1+$/.test(digits);
}

/** 45 CFR 162.406: ten digits, Luhn over the number with prefix 80840. */
export function isNpi(digits: string): boolean {
  return /^[12]\d{9}$/.test(digits) && luhn(`80840${digits}`) && !/^(\d)\1+$/.test(digits.slice(0, 9));
}

/** DEA registration: two letters (or letter and 9), six digits, check digit. 21 CFR 1301. */
export function isDea(value: string): boolean {
  if (!/^[ABCDEFGHJKLMPRSTUX][A-Z9]\d{7}$/.test(value)) return false;
  const d = (k: number): number => value.charCodeAt(k + 1) - 48;
  return (d(1) + d(3) + d(5) + 2 * (d(2) + d(4) + d(6))) % 10 === d(7);
}

/** Routing transit number: weights 3-7-1, and a prefix the Federal Reserve assigns. */
export function isRouting(digits: string): boolean {
  if (!/^(?:0\d|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)\d{7}$/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < 9; i += 1) sum += (digits.charCodeAt(i) - 48) * (i % 3 === 0 ? 3 : i % 3 === 1 ? 7 : 1);
  return sum % 10 === 0 && sum > 0;
}

/** 49 CFR 565.15(c): position 9 is the check digit. */
export function isVin(value: string): boolean {
  if (!/^[A-HJ-NPR-Z0-9]{17}$/.test(value) || !/[A-Z]/.test(value)) return false;
  const weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
  const letters = '12345678.12345.7.923456789';
  let sum = 0;
  for (let i = 0; i < 17; i += 1) {
    const c = value.charCodeAt(i);
    const d = c < 58 ? c - 48 : letters.charCodeAt(c - 65) - 48;
    sum += d * (weights[i] ?? 0);
  }
  const rest = sum % 11;
  return value.charAt(8) === (rest === 10 ? 'X' : String(rest));
}

/** ISO 13616: moved to the end, letters as numbers, remainder 1 modulo 97. */
export function isIban(value: string): boolean {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(value)) return false;
  const turned = value.slice(4) + value.slice(0, 4);
  let rest = 0;
  for (let i = 0; i < turned.length; i += 1) {
    const c = turned.charCodeAt(i);
    rest = c < 58 ? (rest * 10 + c - 48) % 97 : (rest * 100 + c - 55) % 97;
  }
  return rest === 1;
}

const MBI_LETTER = 'AC-HJKMNP-RT-Y';
const MBI = new RegExp(`^[1-9][${MBI_LETTER}][${MBI_LETTER}0-9]\\d[${MBI_LETTER}][${MBI_LETTER}0-9]\\d[${MBI_LETTER}]{2}\\d{2}$`);

/** Medicare Beneficiary Identifier, CMS format of 2017: eleven positions, letters without S L O I B Z. */
export function isMbi(value: string): boolean {
  return MBI.test(value);
}

/** Ranges the Social Security Administration never issues, and numbers it published as examples. */
export function isSsn(digits: string): boolean {
  return /^(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}$/.test(digits) && !/^(\d)\1+$/.test(digits);
}

export function isSpecimenSsn(digits: string): boolean {
  return digits === '078051120' || digits === '219099999' || digits === '123456789' || /^98765432\d$/.test(digits);
}

/** IRS Publication 1915: 9xx, middle group 50–65, 70–88, 90–92, 94–99. */
export function isItin(digits: string): boolean {
  return /^9\d{2}(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])\d{4}$/.test(digits);
}

/** 3GPP TS 23.003 §6: fifteen digits with Luhn. */
export function isImei(digits: string): boolean {
  return /^\d{15}$/.test(digits) && luhn(digits) && !/^(\d)\1+$/.test(digits);
}
