/** Elements and icons: the little that the window needs instead of a framework. */
type Kid = Node | string | null | false | undefined;
type Attributes = { readonly [name: string]: string | number | boolean | null | undefined | ((event: never) => void) };

/** `on…` attributes listen; true and false set and leave out; everything else is text. Never takes HTML. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...kids: readonly Kid[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value as EventListener);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...kids.filter((kid): kid is Node | string => kid !== null && kid !== undefined && kid !== false));
  return element;
}

/** 20 × 20 strokes, drawn for the lab. */
const PATHS = {
  mail: 'M3 5.5h14v9H3zM3 6l7 5 7-5',
  send: 'M3 4l14 6-14 6 2.5-6zM5.5 10H12',
  shield: 'M10 2.5l6 2v5c0 4-2.6 6.6-6 8-3.4-1.4-6-4-6-8v-5zM7.2 9.8l2 2 3.6-3.8',
  attach: 'M13.5 6.5l-6 6a1.8 1.8 0 002.6 2.6l6-6.2a3.4 3.4 0 00-4.8-4.8l-6.2 6.3a5 5 0 007.1 7.1l4-4',
  bold: 'M6.5 4h4.3a2.9 2.9 0 010 5.9H6.5zM6.5 9.9h5a3 3 0 010 6.1h-5z',
  italic: 'M8 4h6M6 16h6M11 4l-2 12',
  underline: 'M6 3.5v6a4 4 0 008 0v-6M5 17h10',
  list: 'M7.5 5h9M7.5 10h9M7.5 15h9M4 5h.01M4 10h.01M4 15h.01',
  trash: 'M4 5.5h12M8 5.5V4h4v1.5M5.5 5.5l.7 11h7.6l.7-11',
  close: 'M5 5l10 10M15 5L5 15',
  pin: 'M8 3h4l.4 5 2.6 2.5H5L7.6 8zM10 10.5V17',
  moon: 'M16.5 12.2A7 7 0 117.8 3.5a5.6 5.6 0 008.7 8.7z',
  sun: 'M10 6.5a3.5 3.5 0 110 7 3.5 3.5 0 010-7zM10 2v1.8M10 16.2V18M2 10h1.8M16.2 10H18M4.3 4.3l1.3 1.3M14.4 14.4l1.3 1.3M15.7 4.3l-1.3 1.3M5.6 14.4l-1.3 1.3',
  offline: 'M3 3l14 14M6 8.2A8 8 0 003.5 10M8.5 5.8A10 10 0 0117 9M7 12.2a4.5 4.5 0 015-.6M10 15.5h.01',
  online: 'M2.5 8.2a11 11 0 0115 0M5 11a7.4 7.4 0 0110 0M7.4 13.6a3.8 3.8 0 015.2 0M10 16h.01',
  narrow: 'M3 4h14v12H3zM12 4v12',
  calendar: 'M3.5 5h13v11.5h-13zM3.5 8.5h13M7 3v3.5M13 3v3.5',
  file: 'M5.5 2.5h6l3 3v12h-9zM11.5 2.5v3h3',
  inbox: 'M3 11l2.3-6.5h9.4L17 11v5H3zM3 11h4l1 2h4l1-2h4',
  draft: 'M4 16l.8-3.4L13.4 4a1.6 1.6 0 012.4 2.2L7.2 15.1z',
  lock: 'M5 9h10v7.5H5zM7 9V6.8a3 3 0 016 0V9',
  open: 'M5 9h10v7.5H5zM7 9V6.8a3 3 0 015.6-1.4',
  reply: 'M8 5L3 9.5 8 14v-3c4 0 6.5 1 9 4-.6-5-3.8-7.6-9-8z',
  plus: 'M10 4v12M4 10h12',
  people: 'M7.5 9.5a2.8 2.8 0 100-5.6 2.8 2.8 0 000 5.6zM2.5 16.5c.3-3 2.2-4.6 5-4.6s4.7 1.6 5 4.6M13 9.2a2.4 2.4 0 10-.9-4.6M14.2 12c2 .3 3.1 1.8 3.3 4.5',
  warn: 'M10 3l7.5 13.5h-15zM10 8.5v3.8M10 14.3h.01',
} as const;
export type IconName = keyof typeof PATHS;

const SVG = 'http://www.w3.org/2000/svg';

export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  const path = document.createElementNS(SVG, 'path');
  for (const [k, v] of Object.entries({ viewBox: '0 0 20 20', width: 20, height: 20, fill: 'none', stroke: 'currentColor', 'stroke-width': 1.5, 'stroke-linecap': 'round', 'stroke-linejoin': 'round', 'aria-hidden': 'true' })) svg.setAttribute(k, String(v));
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}

/** A button with an icon; with a label unless it is told to be bare. */
export function button(name: IconName, label: string, act: (event: MouseEvent) => void, look: { readonly bare?: boolean; readonly class?: string; readonly title?: string } = {}): HTMLButtonElement {
  return h('button', { type: 'button', class: `button ${look.class ?? ''}`, title: look.title ?? (look.bare === true ? label : null), 'aria-label': look.bare === true ? label : null, onclick: act }, icon(name), look.bare === true ? null : h('span', {}, label));
}

function initials(name: string): string {
  const words = name.replace(/^Dr\. |, RN$/g, '').split(' ').filter((w) => w !== '');
  return ((words[0]?.[0] ?? '?') + (words.length > 1 ? (words.at(-1)?.[0] ?? '') : '')).toUpperCase();
}

const HUES = [206, 262, 165, 24, 340, 190, 48, 290];

export function avatar(name: string): HTMLElement {
  const hue = HUES[[...name].reduce((sum, c) => sum + c.charCodeAt(0), 0) % HUES.length] ?? 206;
  const face = h('span', { class: 'avatar', 'aria-hidden': 'true' }, initials(name));
  face.style.setProperty('--hue', String(hue));
  return face;
}

export function shortTime(at: string | number): string {
  return new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(new Date(at));
}
