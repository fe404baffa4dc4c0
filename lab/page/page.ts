/** The pretend Outlook: boots, holds what the window is about, and ties its parts together. Try-out only. */
import { fetchManifest, type Manifest } from '../host/manifest.ts';
import { openHost } from '../host/host.ts';
import { openMailroom } from '../mailroom/mailroom.ts';
import { DARK, LIGHT } from '../outlook/mailbox.ts';
import type { Staff } from '../people.ts';
import type { SampleDraft } from '../drafts.ts';
import { h, icon } from './dom.ts';
import { folderList } from './folders.ts';
import { openSession, type Session } from './session.ts';
import { topBar, type View } from './top.ts';
import { lab } from './wire.ts';

const POLL = 1_500;
/** The add-in is not built: its pages answer nothing, and Outlook says so in its own words. */
const ABSENT: Manifest = { label: 'Send Secure', icon: null, composePane: '/lab/addin/taskpane.html', readPane: '/lab/addin/taskpane.html', eventPage: '/lab/addin/commands.html', events: { OnMessageSend: { functionName: 'onMessageSendHandler', sendMode: 'SoftBlock' } }, commands: {} };

async function boot(root: HTMLElement): Promise<void> {
  const [{ staff, recipients, lists }, { drafts }, manifest] = await Promise.all([lab.people(), lab.drafts(), fetchManifest().catch(() => ABSENT)]);
  const first = staff[0];
  if (first === undefined) throw new Error('The lab has no staff.');
  const known = [...recipients.map((r) => ({ name: r.name, address: r.address, says: r.says })), ...staff.map((s) => ({ name: s.name, address: s.address, says: 'Riverside Clinic' })), ...lists.map(({ name, address, says }) => ({ name, address, says, list: true as const }))];
  const sessions = new Map<string, Session>();
  let person: Staff = first;
  let view: View = 'mail';
  let dark = matchMedia('(prefers-color-scheme: dark)').matches;
  let total = 0;
  let seen = 0;
  let counted = false;

  const toasts = h('div', { class: 'toasts', role: 'status', 'aria-live': 'polite' });
  const toast = (text: string, recipients = false) => {
    const one = h('p', { class: 'toast' }, text, recipients ? h('button', { type: 'button', class: 'link', onclick: () => look('recipients') }, 'See what arrived') : null);
    toasts.append(one);
    setTimeout(() => one.remove(), 9_000);
  };
  const host = openHost({ person: () => person, mint: (id) => lab.token(id) });
  const mailroom = openMailroom({ staff, recipients });
  const session = (): Session => {
    const there = sessions.get(person.id);
    if (there !== undefined) return there;
    const made = openSession({ person, host, manifest, known, theme: () => (dark ? DARK : LIGHT), welcome: () => welcome(drafts, () => session()), changed: () => folders.draw(), toast });
    sessions.set(person.id, made);
    return made;
  };
  const folders = folderList({ session, drafts });
  const desk = h('div', { class: 'desk' });
  const top = topBar({
    staff,
    onView: look,
    onPerson: (id) => {
      session().leave();
      person = staff.find((s) => s.id === id) ?? first;
      view = 'mail';
      session().show(session().shown);
      draw();
      void poll();
    },
    onTheme: () => { dark = !dark; dress(); draw(); },
    onNetwork: () => { host.setOffline(!host.offline); draw(); },
  });

  function look(now: View): void {
    view = now;
    draw();
    if (view === 'recipients') mailroom.enter();
  }

  function dress(): void {
    document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
    for (const one of sessions.values()) one.mailbox.setTheme(dark ? DARK : LIGHT);
  }

  function draw(): void {
    if (view === 'recipients') seen = total;
    top.draw({ view, person, dark, offline: host.offline, arrived: total - seen });
    // Moving a frame in the document reloads it: the desk is hidden, never taken out.
    desk.hidden = view !== 'mail';
    mailroom.element.hidden = view !== 'recipients';
    const { stage } = session();
    for (const one of desk.querySelectorAll<HTMLElement>('.stage')) one.hidden = one !== stage;
    if (!stage.isConnected) desk.append(stage);
    document.body.classList.toggle('offline', host.offline);
    folders.draw();
  }

  async function poll(): Promise<void> {
    const counts = await lab.counts().catch(() => null);
    if (counts === null) return;
    const before = total;
    total = recipients.reduce((sum, r) => sum + (counts[r.address] ?? 0), 0);
    // What was there before the page opened is not news.
    if (!counted) seen = total;
    counted = true;
    mailroom.counts(counts);
    const first = session().mailbox.items.length === 0;
    if (await session().pull(counts[person.address] ?? 0).catch(() => false)) {
      folders.draw();
      if (!first) toast('New mail in the inbox.');
    }
    if (total !== before) draw();
  }

  dress();
  desk.append(folders.element);
  root.replaceChildren(top.element, desk, mailroom.element, toasts);
  session().show(null);
  draw();
  await poll();
  setInterval(() => { if (!document.hidden) void poll(); }, POLL);
}

function welcome(drafts: readonly SampleDraft[], session: () => Session): HTMLElement {
  const steps = ['Pick a draft, or write one.', 'The pane beside it says what it found and how each person will get it.', 'Press Send Secure in the pane.', 'Look under Recipients at what arrived, and what crossed the wire.'];
  return h('section', { class: 'welcome' },
    h('h1', {}, 'Try Send Secure'),
    h('ol', {}, ...steps.map((s) => h('li', {}, s))),
    h('ul', { class: 'cards' }, ...drafts.map((d) => h('li', {}, h('button', { type: 'button', class: 'card', onclick: () => session().start(d.item) }, icon('draft'), h('b', {}, d.title), h('small', {}, d.says))))),
    h('p', { class: 'fine' }, 'Every person and record here is invented. Mail goes to mailboxes on this computer only.'));
}

const root = document.getElementById('root');
if (root !== null) boot(root).catch(() => { root.textContent = 'The lab did not start. Look at the terminal where it was started, then reload.'; });
