/**
 * Is it a person who asks for a link, or a program that looks first? Told where it can be told, from what it says of itself and how it comes;
 * who says nothing of the kind may be either. Only for the timeline: nothing is opened, refused or sent because of it.
 * Fetch Metadata (W3C), `Sec-Purpose` (Fetch §3.7), `User-Agent` (RFC 9110 §10.1.5).
 */
type Sign = 'head' | 'prefetch' | 'agent' | 'headers' | 'many';

const PROGRAM = /bot\b|crawl|spider|scan|preview|fetch|monitor|headless|phantom|proofpoint|mimecast|barracuda|safelink|urldefense|trendmicro|symantec|forcepoint|ms-?office|\b(?:curl|wget|python|java|perl|ruby|go-http-client|okhttp|node|undici|axios|libwww|winhttp|powershell)\b/i;
/** since these versions they send Fetch Metadata to every secure address */
const CHROME = 80;
const FIREFOX = 90;

export function signOf(method: string, header: (name: string) => string | undefined): Exclude<Sign, 'many'> | null {
  if (method === 'HEAD') return 'head';
  if (/prefetch|prerender|preview/i.test([header('sec-purpose'), header('purpose'), header('x-moz'), header('x-purpose')].join(' '))) return 'prefetch';
  const agent = header('user-agent') ?? '';
  if (!agent.startsWith('Mozilla/') || PROGRAM.test(agent)) return 'agent';
  const [mode, dest] = [header('sec-fetch-mode'), header('sec-fetch-dest')];
  if (mode === undefined) {
    const claims = (name: RegExp, since: number): boolean => Number(name.exec(agent)?.[1] ?? 0) >= since;
    return claims(/\bChrome\/(\d{1,4})/, CHROME) || claims(/\bFirefox\/(\d{1,4})/, FIREFOX) ? 'headers' : null;
  }
  return mode === 'navigate' && (dest === undefined || dest === 'document') ? null : 'headers';
}

/** A person opens one mail after another; a gateway fetches what is in all of them. */
const WITHIN_MS = 1_000;
const MANY = 3;
const CLIENTS_AT_MOST = 5_000;

/** Notes who came for which link; true when this client came for several within a second. */
export function openCrowd(now: () => number): (client: string, token: string) => boolean {
  let lately = new Map<string, { readonly token: string; readonly at: number }[]>();
  return (client, token) => {
    const since = now() - WITHIN_MS;
    if (lately.size >= CLIENTS_AT_MOST) lately = new Map();
    const links = [...(lately.get(client) ?? []).filter((one) => one.at > since && one.token !== token), { token, at: now() }].slice(-MANY);
    lately.set(client, links);
    return links.length >= MANY;
  };
}
