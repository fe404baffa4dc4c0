/**
 * The sheet on which every server-rendered page is written: portal, docs, start page, errors. One style, no script, nothing from
 * elsewhere; dark by preference; readable at 200 % zoom and on 320 px.
 */
import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

export type Markup = HtmlEscapedString | Promise<HtmlEscapedString>;

/** Colours keep 4.5:1 against their ground in both schemes, borders of controls 3:1 (WCAG 2.2 §1.4.3, §1.4.11). */
const STYLE = `:root{color-scheme:light dark;--ground:#f4f6f8;--paper:#fff;--ink:#1b1f24;--soft:#4c5661;--line:#c3cad2;--edge:#6b7681;--act:#0b5cad;--on:#fff;--tint:#e8f1fb;--bad:#a4161a;--bad-tint:#fdecec;--good:#1b6e3c}
@media(prefers-color-scheme:dark){:root{--ground:#12161b;--paper:#1b2128;--ink:#eef1f4;--soft:#b4bec9;--line:#3a444f;--edge:#8995a1;--act:#8cc2ff;--on:#0a1c30;--tint:#1c2e42;--bad:#ffb3b0;--bad-tint:#3b1d1e;--good:#8fd6a9}}
*{box-sizing:border-box}html{font:100%/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;background:var(--ground);color:var(--ink);-webkit-text-size-adjust:100%}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;font-size:1.125rem}
.top,.foot{padding:1rem;max-width:46rem;width:100%;margin:0 auto}.top{font-weight:600;display:flex;gap:.6rem;align-items:center}.top svg{flex:none}.top img{max-height:2.5rem;max-width:10rem}.foot a{display:inline-block;padding:.5rem 0;margin-right:1rem}
.foot{color:var(--soft);font-size:1rem;margin-top:auto}main{max-width:46rem;width:100%;margin:0 auto;padding:0 1rem}
.paper{background:var(--paper);border:1px solid var(--line);border-radius:.75rem;padding:1.25rem;margin-bottom:1rem}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .75rem;overflow-wrap:anywhere}h2{font-size:1.2rem;margin:1.5rem 0 .5rem}p{margin:0 0 1rem}a{color:var(--act)}[hidden]{display:none}
p,h2,dd,li,td,pre{overflow-wrap:anywhere}
button,.button,input{font:inherit;min-height:3rem;border-radius:.5rem}
button,.button{display:block;width:100%;padding:.7rem 1rem;border:1px solid var(--act);background:var(--act);color:var(--on);font-weight:600;cursor:pointer;text-align:center;text-decoration:none}
.quiet,.quiet.button{background:transparent;color:var(--act)}.row{display:flex;flex-wrap:wrap;gap:.75rem;margin:1rem 0}.row>*{flex:1 1 11rem}
label{display:block;font-weight:600;margin-bottom:.35rem}input{width:100%;padding:.5rem .75rem;border:2px solid var(--edge);background:var(--paper);color:var(--ink);font-size:1.4rem;letter-spacing:.12em;margin-bottom:1rem}
select,textarea{font:inherit;width:100%;padding:.6rem .75rem;border:2px solid var(--edge);border-radius:.5rem;background:var(--paper);color:var(--ink);margin-bottom:.75rem}.check{font-weight:400;display:flex;gap:.6rem;align-items:center}.check input{width:1.5rem;min-height:1.5rem;margin:0;flex:none}.stack+.stack{margin-top:.6rem}form+p,form+.say,ul.files+label{margin-top:.85rem}li.one{display:flex;gap:.75rem;align-items:center;padding:.4rem 0}li.one>div{flex:1}li.one>button{width:auto;flex:none}h3{font-size:1.05rem;margin:.75rem 0 .25rem}select{min-height:3rem}.words{letter-spacing:0;font-size:1.125rem}
:focus-visible{outline:3px solid var(--act);outline-offset:3px}
.say{border-left:.3rem solid var(--act);background:var(--tint);padding:.75rem 1rem;margin:0 0 1rem;border-radius:.25rem}.say.bad{border-color:var(--bad);background:var(--bad-tint)}.say p:last-child{margin:0}
.soft{color:var(--soft)}dl{margin:0;display:grid;grid-template-columns:auto 1fr;gap:.15rem 1rem}dt{color:var(--soft)}dd{margin:0}@media(max-width:30rem){dl{display:block}dt,dd{display:inline}dt:after{content:": "}dd:after{content:"\\A";white-space:pre}}
.text{white-space:pre-wrap;overflow-wrap:anywhere}iframe{display:block;width:100%;height:60vh;min-height:16rem;border:1px solid var(--line);border-radius:.5rem;background:#fff}iframe.brief{height:12rem;min-height:0}
ul.files{list-style:none;padding:0;margin:0}ul.files li{border-top:1px solid var(--line)}ul.files li:first-child{border:0}ul.files a{display:block;padding:.75rem 0;min-height:3rem}ul.files span{display:inline-block;width:100%;color:var(--soft);font-size:1rem}
table{border-collapse:collapse;width:100%;font-size:1rem}th,td{text-align:left;padding:.4rem .6rem .4rem 0;border-top:1px solid var(--line);vertical-align:top}
pre{white-space:pre-wrap;font-size:.9rem;background:var(--ground);padding:.75rem;border-radius:.5rem;overflow:auto}code,pre{font-family:ui-monospace,SFMono-Regular,Consolas,monospace}code{font-size:.95em}.paper>h2:first-child{margin-top:0}details{margin:.5rem 0}summary{cursor:pointer;padding:.3rem 0}
.skip{position:absolute;left:-99rem}.skip:focus{position:static;display:block;padding:1rem}.wide main,.wide .top,.wide .foot{max-width:64rem}
@media print{html{background:#fff;color:#000;color-scheme:light}.top,.foot,.row,.noprint{display:none}.paper{border:0;padding:0}}`;

/** CSP 3 §2.3.1: the sheet is allowed by its hash. */
const STYLE_SOURCE = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

/** A page without script: its own style, images of its own and small ones in place, forms and frames to itself. */
export const PAGE_POLICY = `default-src 'none'; style-src ${STYLE_SOURCE}; img-src 'self' data:; form-action 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'`;

const LOCK = raw('<svg width="28" height="28" viewBox="0 0 28 28" aria-hidden="true"><rect x="3" y="11" width="22" height="15" rx="3" fill="currentColor"/><path d="M8 12V9a6 6 0 0 1 12 0v3" fill="none" stroke="currentColor" stroke-width="3"/></svg>');

export function sheet({ title, name, main, foot, lang = 'en', wide = false, aside, script, logo }: {
  readonly title: string; readonly name: string; readonly main: Markup; readonly foot?: Markup | string; readonly lang?: string; readonly wide?: boolean;
  /** before the foot's words, such as the way to another language */
  readonly aside?: Markup;
  /** at the end; its address must stand in the page's policy */
  readonly script?: Markup;
  /** address of a picture of ours, in place of the lock */
  readonly logo?: string;
}): Markup {
  return html`<!doctype html>
<html lang="${lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex"><meta name="format-detection" content="telephone=no"><title>${title}</title><style>${raw(STYLE)}</style></head>
<body class="${wide ? 'wide' : ''}"><header class="top">${logo === undefined ? LOCK : html`<img src="${logo}" alt="">`}<span>${name}</span></header><main>${main}</main><footer class="foot">${aside ?? ''}${foot ?? ''}</footer>${script ?? ''}</body></html>`;
}
