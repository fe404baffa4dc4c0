/** Names of files, chosen by others: a name is a name, not a path, and what it looks like is what it is. */

// Separators, what some system refuses in a name, and what turns the writing around.
// oxlint-disable-next-line no-control-regex
const UNFIT = /[\u0000-\u001f\u007f-\u009f/\\:*?"<>|\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
const LONGEST_ENDING = 12;

/** A name to save under, of at most `most` UTF-16 units. Too long a one is cut before its ending, which says what opens it. */
export function safeName(given: string, most: number): string {
  const name = given.replace(/[\ud800-\udfff]/gu, '\ufffd').replace(UNFIT, '_').replace(/^[.\s]+|[.\s]+$/g, '') || 'attachment';
  if (name.length <= most) return name;
  const dot = name.lastIndexOf('.');
  const ending = name.length - dot <= LONGEST_ENDING ? name.slice(dot) : '';
  // A character outside the basic plane is two units: it is kept whole or left out.
  return name.slice(0, most - ending.length).replace(/(?:[\ud800-\udbff]|[.\s]+)$/, '') + ending;
}
