/**
 * A matcher for where RE2 itself is too large, the event handler: the part of RE2's syntax that numbers and their labels are written in, leftmost-first as
 * RE2 is, in time linear in the text whatever the pattern (Thompson's construction, Pike's virtual machine). What it does not know it does not compile.
 * ES2016 library only.
 */

interface Found { readonly start: number; readonly end: number }
export interface Matcher { /** the first match that begins at `from` or later */ find(text: string, from: number): Found | null }

type Holds = (code: number) => boolean;
type Place = '^' | '$' | 'b' | 'B';
type Node =
  | { readonly is: 'one'; readonly holds: Holds }
  | { readonly is: 'place'; readonly place: Place }
  | { readonly is: 'all'; readonly of: readonly Node[] }
  | { readonly is: 'any'; readonly of: readonly Node[] }
  | { readonly is: 'again'; readonly of: Node; readonly least: number; readonly most: number; readonly greedy: boolean };
type Step =
  | { readonly do: 'one'; readonly holds: Holds }
  | { readonly do: 'place'; readonly place: Place }
  | { readonly do: 'fork'; first: number; second: number }
  | { readonly do: 'go'; to: number }
  | { readonly do: 'end' };

/** Instructions: beyond it `problemsOf` refuses a pattern as well. */
const LARGEST = 2_000;
class Unknown extends Error {}
const unknown = (): never => { throw new Unknown('This pattern is not known here.'); };

const digit: Holds = (c) => c >= 48 && c <= 57;
const word: Holds = (c) => digit(c) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95;
const space: Holds = (c) => c === 32 || c === 9 || c === 10 || c === 12 || c === 13;
const not = (holds: Holds): Holds => (c) => !holds(c);
const CLASSES: { readonly [letter: string]: Holds } = { d: digit, D: not(digit), w: word, W: not(word), s: space, S: not(space) };
const CONTROLS: { readonly [letter: string]: number } = { t: 9, n: 10, v: 11, f: 12, r: 13 };

/** Other cases of an ASCII letter; two of them have a third (Unicode's simple folding). */
function folded(holds: Holds): Holds {
  return (c) => holds(c) || (c >= 65 && c <= 90 && holds(c + 32)) || (c >= 97 && c <= 122 && holds(c - 32))
    || ((c === 0x212a || c === 75 || c === 107) && (holds(75) || holds(107) || holds(0x212a))) || ((c === 0x17f || c === 83 || c === 115) && (holds(83) || holds(115) || holds(0x17f)));
}

function parse(source: string): Node {
  let at = 0;
  let anyCase = false;
  const peek = () => source.charAt(at);
  const take = (text: string): boolean => {
    if (source.substr(at, text.length) !== text) return false;
    at += text.length;
    return true;
  };
  const one = (holds: Holds): Node => ({ is: 'one', holds: anyCase ? folded(holds) : holds });
  function code(): number {
    const c = source.codePointAt(at) as number;
    // Folding beyond ASCII is RE2's table, which is not here.
    if (anyCase && c > 127) return unknown();
    at += c > 0xffff ? 2 : 1;
    return c;
  }
  /** behind a backslash: a class, or one character */
  function escaped(): Holds | number {
    const letter = peek();
    at += 1;
    const found = CLASSES[letter];
    // RE2 folds a class before it turns it round: `(?i)\\W` is no k, although \u212a is none of \\w.
    if (found) return anyCase && letter === 'W' ? not(folded(word)) : found;
    if (CONTROLS[letter] !== undefined) return CONTROLS[letter] as number;
    return letter !== '' && !/[A-Za-z0-9]/.test(letter) && letter.charCodeAt(0) < 128 ? letter.charCodeAt(0) : unknown();
  }
  function set(): Node {
    const negated = take('^');
    const parts: Holds[] = [];
    for (let first = true; first || peek() !== ']'; first = false) {
      if (at >= source.length || source.substr(at, 2) === '[:') return unknown();
      const low = take('\\') ? escaped() : code();
      if (typeof low === 'function') {
        parts.push(low);
        continue;
      }
      if (peek() !== '-' || source.charAt(at + 1) === ']' || at + 1 >= source.length) {
        parts.push((c) => c === low);
        continue;
      }
      at += 1;
      const high = take('\\') ? escaped() : code();
      if (typeof high === 'function' || high < low) return unknown();
      parts.push((c) => c >= low && c <= high);
    }
    at += 1;
    const holds: Holds = (c) => parts.some((part) => part(c));
    const cased = anyCase ? folded(holds) : holds;
    return { is: 'one', holds: negated ? not(cased) : cased };
  }
  function group(): Node {
    const before = anyCase;
    if (take('?')) {
      if (take('i:')) anyCase = true;
      else if (!take(':')) {
        const name = /^P?<[A-Za-z0-9_]+>/.exec(source.slice(at));
        at += name ? name[0].length : unknown();
      }
    }
    const inside = either();
    if (!take(')')) unknown();
    anyCase = before;
    return inside;
  }
  function atom(): Node {
    if (take('(')) return group();
    if (take('[')) return set();
    if (take('.')) return one((c) => c !== 10);
    if (take('^') || take('\\A')) return { is: 'place', place: '^' };
    if (take('$') || take('\\z')) return { is: 'place', place: '$' };
    if (take('\\b')) return { is: 'place', place: 'b' };
    if (take('\\B')) return { is: 'place', place: 'B' };
    if (take('\\')) {
      const found = escaped();
      return one(typeof found === 'function' ? found : (c) => c === found);
    }
    if (/[*+?]/.test(peek())) return unknown();
    const c = code();
    return one((d) => d === c);
  }
  function repeated(): Node {
    const of = atom();
    const many = /^(?:[*+?]|\{(\d+)(,(\d*))?\})/.exec(source.slice(at));
    if (!many) return of;
    at += many[0].length;
    const greedy = !take('?');
    // What may be nothing, many times, and a sign upon a sign, are told apart by rules of RE2's own.
    if (/^(?:[*+?]|\{\d)/.test(source.slice(at)) || empty(of)) return unknown();
    const sign = many[0].charAt(0);
    const least = sign === '{' ? Number(many[1]) : sign === '+' ? 1 : 0;
    const most = sign === '?' ? 1 : sign !== '{' || (many[2] && !many[3]) ? Infinity : many[2] ? Number(many[3]) : least;
    return { is: 'again', of, least, most, greedy };
  }
  function sequence(): Node {
    const of: Node[] = [];
    while (at < source.length && peek() !== '|' && peek() !== ')') of.push(repeated());
    return { is: 'all', of };
  }
  function either(): Node {
    const of = [sequence()];
    while (take('|')) of.push(sequence());
    return of.length === 1 ? (of[0] as Node) : { is: 'any', of };
  }
  if (take('(?i)')) anyCase = true;
  const whole = either();
  return at < source.length ? unknown() : whole;
}

function empty(node: Node): boolean {
  if (node.is === 'one') return false;
  if (node.is === 'place') return true;
  if (node.is === 'again') return node.least === 0 || empty(node.of);
  return node.is === 'all' ? node.of.every(empty) : node.of.some(empty);
}

function written(whole: Node): readonly Step[] {
  const steps: Step[] = [];
  const add = <S extends Step>(step: S): S => {
    if (steps.length >= LARGEST) unknown();
    steps.push(step);
    return step;
  };
  /** `inside` is tried first, or, when it is not greedy, what follows */
  function optional(greedy: boolean, inside: () => void): void {
    const fork = add({ do: 'fork', first: 0, second: 0 });
    const begin = steps.length;
    inside();
    const end = steps.length;
    [fork.first, fork.second] = greedy ? [begin, end] : [end, begin];
  }
  function write(node: Node): void {
    if (node.is === 'one') add({ do: 'one', holds: node.holds });
    else if (node.is === 'place') add({ do: 'place', place: node.place });
    else if (node.is === 'all') node.of.forEach(write);
    else if (node.is === 'any') {
      const ends: { to: number }[] = [];
      node.of.forEach((of, i) => {
        if (i === node.of.length - 1) return write(of);
        optional(true, () => {
          write(of);
          ends.push(add({ do: 'go', to: 0 }));
        });
        return undefined;
      });
      for (const end of ends) end.to = steps.length;
    } else {
      for (let n = 0; n < node.least; n += 1) write(node.of);
      if (node.most === Infinity) {
        const back = steps.length;
        optional(node.greedy, () => {
          write(node.of);
          add({ do: 'go', to: back });
        });
      } else nested(node.most - node.least, node);
    }
  }
  function nested(times: number, node: Node & { readonly is: 'again' }): void {
    if (times > 0) optional(node.greedy, () => { write(node.of); nested(times - 1, node); });
  }
  write(whole);
  add({ do: 'end' });
  return steps;
}

/** Which ASCII characters a match may begin with; null: it may be nothing. Most of a text begins none, and is passed over. */
function beginnings(steps: readonly Step[]): readonly boolean[] | null {
  const may: boolean[] = [];
  for (let c = 0; c < 128; c += 1) may.push(false);
  const seen: boolean[] = [];
  const waiting = [0];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen[next]) continue;
    seen[next] = true;
    const it = steps[next] as Step;
    if (it.do === 'end') return null;
    if (it.do === 'go') waiting.push(it.to);
    else if (it.do === 'fork') waiting.push(it.first, it.second);
    else if (it.do === 'place') waiting.push(next + 1);
    else for (let c = 0; c < 128; c += 1) if (it.holds(c)) may[c] = true;
  }
  return may;
}

/** Null for what is not known here. */
export function plainMatcher(source: string): Matcher | null {
  let steps: readonly Step[];
  try {
    steps = written(parse(source));
  } catch (why) {
    if (why instanceof Unknown) return null;
    throw why;
  }
  const begins = beginnings(steps);
  const seen: number[] = steps.map(() => -1);
  let turn = 0;

  return {
    find(text, from) {
      const stands = (place: Place, i: number): boolean => {
        if (place === '^') return i === 0;
        if (place === '$') return i === text.length;
        const edge = (i > 0 && word(text.charCodeAt(i - 1))) !== (i < text.length && word(text.charCodeAt(i)));
        return edge === (place === 'b');
      };
      /** Threads in the order of preference: where each stands in the pattern, and where it began. */
      function follow(list: number[], step: number, start: number, i: number): void {
        const waiting = [step];
        for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
          if (seen[next] === turn) continue;
          seen[next] = turn;
          const it = steps[next] as Step;
          if (it.do === 'go') waiting.push(it.to);
          else if (it.do === 'fork') waiting.push(it.second, it.first);
          else if (it.do === 'place') {
            if (stands(it.place, i)) waiting.push(next + 1);
          } else list.push(next, start);
        }
      }
      let found: Found | null = null;
      let threads: number[] = [];
      for (let i = from; ;) {
        if (begins !== null && threads.length === 0 && found === null) while (i < text.length && begins[text.charCodeAt(i)] === false) i += 1;
        turn += 1;
        // Those under way come before one that begins here; `seen` keeps the preferred of two that meet.
        const here: number[] = [];
        for (let t = 0; t < threads.length; t += 2) follow(here, threads[t] as number, threads[t + 1] as number, i);
        if (found === null) follow(here, 0, i, i);
        threads = [];
        if (here.length === 0 && found !== null) return found;
        const c = i < text.length ? text.codePointAt(i) as number : -1;
        for (let t = 0; t < here.length; t += 2) {
          const step = steps[here[t] as number] as Step;
          if (step.do === 'end') {
            found = { start: here[t + 1] as number, end: i };
            break;
          }
          if (step.do === 'one' && c >= 0 && step.holds(c)) threads.push((here[t] as number) + 1, here[t + 1] as number);
        }
        if (i >= text.length || (threads.length === 0 && found !== null)) return found;
        i += c > 0xffff ? 2 : 1;
      }
    },
  };
}
