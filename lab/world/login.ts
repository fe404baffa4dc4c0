/** The issuer's login page: pick who you are. Plain HTML, no script. */

const STYLE = `
:root{color-scheme:light dark;--ground:light-dark(#f3f2f1,#141414);--card:light-dark(#fff,#1f1f1f);--ink:light-dark(#242424,#fff);--soft:light-dark(#616161,#adadad);--line:light-dark(#e0e0e0,#3d3d3d);--brand:light-dark(#0f6cbd,#479ef5)}
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--ground);color:var(--ink);font:15px/1.45 "Segoe UI",system-ui,sans-serif;padding:24px}
main{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:28px;width:min(440px,100%);box-shadow:0 8px 28px rgb(0 0 0/.08)}
h1{font-size:20px;margin:0 0 4px}p{margin:0 0 18px;color:var(--soft)}
form{display:grid;gap:8px}button{all:unset;box-sizing:border-box;cursor:pointer;display:grid;grid-template-columns:40px 1fr;gap:2px 12px;align-items:center;padding:10px 12px;border:1px solid var(--line);border-radius:8px}
button:hover{border-color:var(--brand)}button:focus-visible{outline:2px solid var(--brand);outline-offset:2px}
i{grid-row:span 2;font-style:normal;width:40px;height:40px;border-radius:50%;background:var(--brand);color:light-dark(#fff,#0a2e4a);display:grid;place-items:center;font-weight:600}
b{font-weight:600}small{color:var(--soft)}footer{margin-top:18px;font-size:13px;color:var(--soft)}`;

const safe = (text: string) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

function initials(name: string): string {
  const words = name.replace(/^Dr\. |, RN$/g, '').split(' ');
  return (words[0]?.[0] ?? '') + (words.length > 1 ? (words.at(-1)?.[0] ?? '') : '');
}

/** `strong`: asked for again, as if with a security key */
export function loginPage(where: string, people: readonly { readonly id: string; readonly name: string; readonly says: string }[], strong = false): string {
  const choices = people.map((s) =>
    `<button name="person" value="${safe(s.id)}"><i aria-hidden="true">${safe(initials(s.name))}</i><b>${safe(s.name)}</b><small>${safe(s.says)}</small></button>`).join('');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Sign in (try-out)</title><style>${STYLE}</style></head>
<body><main><h1>Sign in to ${safe(where)}</h1><p>${strong ? 'Confirm that it is you. A real issuer would now ask for your security key; here, pick the same name again.' : 'Try-out only. Pick who you want to be; nobody here has a password.'}</p><form method="post">${choices}</form><footer>This issuer listens on this computer only and refuses to run in production.</footer></main></body></html>`;
}
