/** Sentences of the frame. A refusal is read by its code; what is not said here is said by the title of the problem itself. */
import { PROBLEMS } from '../shared/wire/problem.ts';
import type { Refused } from './wire/call.ts';

export const SAY = {
  product: 'Send Secure',
  console: 'Console',
  skip: 'Skip to the content',
  menu: 'Menu',
  places: 'Screens',
  loading: 'Loading…',
  signIn: 'Sign in',
  signOut: 'Sign out',
  signInAgain: 'Sign in again',
  another: 'Sign in as somebody else',
  welcome: 'Rules, recipients, evidence',
  welcomeMore: 'For administrators and compliance staff. You sign in with your organization’s account.',
  signedOut: 'You have signed out.',
  ended: 'Your sign-in has ended.',
  endedMore: 'Nothing you typed is lost: sign in in the window that opens, then this goes on.',
  stepUp: 'Confirm that it is you',
  stepUpMore: 'This needs a fresh, strong sign-in, because it discloses or changes something that matters. A window opens; then it goes on by itself.',
  confirm: 'Continue',
  cancel: 'Cancel',
  waiting: 'Waiting for the other window…',
  blocked: 'Your browser did not open the window. Allow windows of this site and try again.',
  confirmed: 'Confirmed. You can close this window.',
  nothingHere: 'There is nothing here',
  nothingHereMore: 'The address may be old, or this part is not for your role.',
  noRoles: 'Nothing is set up for you here',
  noRolesMore: 'Your account has no role that uses the console. Somebody with the role system-admin or your directory can give you one.',
  tryAgain: 'Try again',
  asTable: 'As table',
  asChart: 'As chart',
  theme: 'Colors',
  themes: { system: 'As the device', light: 'Light', dark: 'Dark' },
  rowsOf: (shown: number) => `${shown.toLocaleString()} ${shown === 1 ? 'row' : 'rows'}`,
  notWhole: '; there are more than these',
  filter: 'Filter',
  noneFits: 'Nothing fits the filter',
  sortBy: 'Sort by',
  sortedBy: (column: string) => `By ${column}`,
  turnUp: 'Turn round: smallest first',
  turnDown: 'Turn round: largest first',
  showMore: (n: number, left: number) => (n === left ? `Show ${n} more` : `Show ${n} of ${left.toLocaleString()} more`),
} as const;

const FAILED: { readonly [code: string]: string } = {
  'cancelled': 'The sign-in was canceled.',
  'stale': 'That sign-in took too long or was begun elsewhere.',
  'refused': 'The account is not one of this organization’s, or may not use this.',
  'guest': 'Guest accounts of the organization may not use this.',
  'groups': 'This sign-in leaves out some of the account’s groups, and rules depend on them. The directory can send them by SCIM (docs/people.md).',
  'unreachable': 'The sign-in service cannot be reached at the moment.',
  'too-many': 'Too many attempts. Wait a little.',
};
export const failedSignIn = (code: string | null): string => FAILED[code ?? ''] ?? 'The sign-in did not work.';

export function saying({ code, pointer }: Refused): string {
  if (code === 'offline') return 'The service cannot be reached. Check the network.';
  if (code === 'unknown-answer') return 'The service answered something this page does not understand. Reload it.';
  const at = pointer === undefined ? '' : ` (${pointer})`;
  return `${PROBLEMS[code].title}${at}`;
}

/** A name of the wire as a person reads it, also one that is newer than this console. */
export const named = (names: { readonly [name: string]: string }, name: string): string => names[name] ?? name.replaceAll('-', ' ');

/** A moment, in the reader's own zone and manner. */
export const when = (iso: string): string => new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
