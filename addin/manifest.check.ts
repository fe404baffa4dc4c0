/**
 * Microsoft's manifest rules, checked offline (their validator needs the network): order of elements, references, addresses, events, icons.
 * Rules after [MS-OWEMXML] and the add-in documentation. Every rule says what is wrong and where.
 *
 *   npm run manifest:check [-- file]
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DOMParser, type Document, type Element } from '@xmldom/xmldom';

interface ManifestSurroundings {
  /** names passed to `Office.actions.associate`, and command ids in the event bundle's source */
  readonly eventSource: string;
  /** width and height of an icon by the path of its URL; null when there is none */
  icon(path: string): readonly [number, number] | null;
}

const ORDER: { readonly [parent: string]: readonly string[] } = {
  OfficeApp: ['Id', 'AlternateId', 'Version', 'ProviderName', 'DefaultLocale', 'DisplayName', 'Description', 'IconUrl', 'HighResolutionIconUrl', 'SupportUrl', 'AppDomains',
    'Hosts', 'Requirements', 'FormSettings', 'Permissions', 'Rule', 'DisableEntityHighlighting', 'VersionOverrides'],
  MailHost: ['Runtimes', 'DesktopFormFactor', 'MobileFormFactor'],
  DesktopFormFactor: ['SupportsSharedFolders', 'FunctionFile', 'ExtensionPoint'],
  MobileFormFactor: ['FunctionFile', 'ExtensionPoint'],
  ShowTaskpane: ['SourceLocation', 'SupportsPinning', 'SupportsNoItemContext', 'SupportsMultiSelect'],
  LaunchEvent: ['LaunchEvents', 'SourceLocation'],
  VersionOverridesV1_1: ['Description', 'Requirements', 'Hosts', 'Resources', 'WebApplicationInfo', 'VersionOverrides'],
  Resources: ['bt:Images', 'bt:Urls', 'bt:ShortStrings', 'bt:LongStrings'],
  Button: ['Label', 'Supertip', 'Icon', 'Action'],
};
const REQUIRED = ['Id', 'Version', 'ProviderName', 'DefaultLocale', 'DisplayName', 'Description', 'IconUrl', 'HighResolutionIconUrl', 'SupportUrl', 'Hosts', 'FormSettings', 'Permissions'];
const SEND_MODES = ['PromptUser', 'SoftBlock', 'Block'];
const ICONS = ['16', '32', '80'];

const elements = (parent: Element): Element[] => Array.from(parent.childNodes).filter((n): n is Element => n.nodeType === 1);
const all = (doc: Document, name: string): Element[] => Array.from(doc.getElementsByTagName(name));
const kindOf = (e: Element): string => (e.getAttribute('xsi:type') ?? '') || e.nodeName;

type Rule = (doc: Document, around: ManifestSurroundings) => string[];

const order: Rule = (doc) => all(doc, '*').flatMap((parent) => {
  const wanted = ORDER[kindOf(parent)] ?? ORDER[parent.nodeName];
  // A LaunchEvent inside LaunchEvents has the name of an extension point's type and no children.
  if (!wanted || (parent.nodeName === 'LaunchEvent')) return [];
  let last = -1;
  return elements(parent).flatMap((child) => {
    const at = wanted.indexOf(child.nodeName);
    if (at < 0) return [`order: ${child.nodeName} does not belong in ${kindOf(parent)}`];
    if (at < last) return [`order: ${child.nodeName} stands too late in ${kindOf(parent)}`];
    last = at;
    return [];
  });
});

const required: Rule = (doc) => {
  const names = elements(doc.documentElement as Element).map((e) => e.nodeName);
  return REQUIRED.filter((name) => !names.includes(name)).map((name) => `required: ${name} is missing`);
};

const identity: Rule = (doc) => {
  const id = all(doc, 'Id')[0]?.textContent ?? '';
  const version = all(doc, 'Version')[0]?.textContent ?? '';
  return [
    ...(/^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i.test(id) ? [] : ['identity: Id is not a GUID']),
    ...(/^\d+(\.\d+){1,3}$/.test(version) && Number(version.split('.')[0]) >= 1 ? [] : ['identity: Version is below 1.0']),
  ];
};

const references: Rule = (doc) => {
  const defined = ['bt:Image', 'bt:Url', 'bt:String'].flatMap((n) => all(doc, n)).map((e) => e.getAttribute('id') ?? '').filter((id) => id !== '');
  const used = all(doc, '*').map((e) => e.getAttribute('resid') ?? '').filter((r) => r !== '');
  return [
    ...defined.filter((id, i) => defined.indexOf(id) !== i).map((id) => `references: ${id} is defined twice`),
    ...[...new Set([...defined, ...used])].filter((id) => id.length > 32).map((id) => `references: ${id} is longer than 32 characters`),
    ...[...new Set(used)].filter((id) => !defined.includes(id)).map((id) => `references: ${id} is used and not defined`),
    ...defined.filter((id) => !used.includes(id)).map((id) => `references: ${id} is defined and not used`),
  ];
};

const addresses: Rule = (doc) => {
  const domains = all(doc, 'AppDomain').map((e) => e.textContent ?? '');
  const urls = all(doc, '*').map((e) => e.getAttribute('DefaultValue') ?? '').filter((v) => /^[a-z]+:\/\//i.test(v));
  return [...domains, ...urls].flatMap((written) => {
    if (!URL.canParse(written)) return ['addresses: one is not a URL'];
    const url = new URL(written);
    if (url.protocol !== 'https:') return [`addresses: ${url.pathname} is not https`];
    return domains.includes(url.origin) ? [] : [`addresses: the origin of ${url.pathname} is not in AppDomains`];
  });
};

const events: Rule = (doc, { eventSource }) => {
  const launch = all(doc, 'LaunchEvent');
  const found: string[] = [];
  for (const type of ['OnMessageSend', 'OnAppointmentSend']) {
    if (launch.filter((e) => e.getAttribute('Type') === type).length > 1) found.push(`events: more than one ${type}`);
  }
  for (const event of launch) {
    const name = event.getAttribute('FunctionName') ?? '';
    const mode = event.getAttribute('SendMode');
    if (!eventSource.includes(`'${name}'`) && !eventSource.includes(`"${name}"`)) found.push(`events: ${name} is never associated`);
    if ((event.getAttribute('Type') ?? '').endsWith('Send') !== (mode !== null && mode !== '')) found.push(`events: SendMode of ${name} is missing or out of place`);
    if (mode && !SEND_MODES.includes(mode)) found.push(`events: SendMode ${mode} does not exist`);
  }
  const runtime = all(doc, 'Runtime')[0]?.getAttribute('resid');
  for (const point of all(doc, 'ExtensionPoint').filter((e) => e.getAttribute('xsi:type') === 'LaunchEvent')) {
    if (elements(point).find((e) => e.nodeName === 'SourceLocation')?.getAttribute('resid') !== runtime) found.push('events: SourceLocation does not repeat the Runtime');
  }
  if (launch.length > 0 && !all(doc, 'Override').some((e) => e.getAttribute('type') === 'javascript')) found.push('events: no javascript runtime for classic Outlook');
  return found;
};

const commands: Rule = (doc, { eventSource }) => {
  const ids = all(doc, 'Control').map((e) => e.getAttribute('id') ?? '');
  const named = [...eventSource.matchAll(/['"](msg[A-Za-z]+Pane)['"]/g)].map((m) => m[1] as string);
  return [
    ...ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => `commands: ${id} is there twice`),
    ...[...new Set(named)].filter((id) => !ids.includes(id)).map((id) => `commands: the event bundle names ${id}, which is no Control`),
    ...(named.length === 0 ? ['commands: the event bundle names no command'] : []),
  ];
};

const icons: Rule = (doc, { icon }) => {
  const found: string[] = [];
  const size = (written: string, wanted: number, what: string) => {
    const got = URL.canParse(written) ? icon(new URL(written).pathname) : null;
    if (!got) found.push(`icons: ${what} is not there`);
    else if (got[0] !== wanted || got[1] !== wanted) found.push(`icons: ${what} is ${got[0]} by ${got[1]}, not ${wanted}`);
  };
  size(all(doc, 'IconUrl')[0]?.getAttribute('DefaultValue') ?? '', 64, 'IconUrl');
  size(all(doc, 'HighResolutionIconUrl')[0]?.getAttribute('DefaultValue') ?? '', 128, 'HighResolutionIconUrl');
  const urls = new Map(all(doc, 'bt:Image').filter((e) => e.getAttribute('id')).map((e) => [e.getAttribute('id'), e.getAttribute('DefaultValue') ?? '']));
  for (const set of all(doc, 'Icon')) {
    const images = elements(set);
    for (const wanted of ICONS) {
      const image = images.find((e) => e.getAttribute('size') === wanted);
      if (!image) found.push(`icons: a button has none of ${wanted}`);
      else size(urls.get(image.getAttribute('resid')) ?? '', Number(wanted), image.getAttribute('resid') ?? 'one');
    }
  }
  return found;
};

const strings: Rule = (doc) => {
  const over = (parent: string, most: number) => all(doc, parent).flatMap(elements).filter((e) => (e.getAttribute('DefaultValue') ?? '').length > most)
    .map((e) => `strings: ${e.getAttribute('id') ?? 'one'} is longer than ${most} characters`);
  return [...over('bt:ShortStrings', 125), ...over('bt:LongStrings', 250)];
};

const permission: Rule = (doc) => (all(doc, 'Permissions')[0]?.textContent === 'ReadWriteItem' ? [] : ['permission: only ReadWriteItem is needed']);

const RULES: readonly Rule[] = [order, required, identity, references, addresses, events, commands, icons, strings, permission];

/** Everything that is wrong; nothing when it may be deployed. */
export function checkManifest(xml: string, around: ManifestSurroundings): string[] {
  let doc: Document;
  try {
    doc = new DOMParser({ onError: (level) => { if (level !== 'warning') throw new Error('The manifest is not well-formed.'); } }).parseFromString(xml, 'text/xml');
  } catch {
    return ['well-formed: the manifest is not XML'];
  }
  if (doc.documentElement?.nodeName !== 'OfficeApp') return ['well-formed: the root is not OfficeApp'];
  return RULES.flatMap((rule) => rule(doc, around));
}

/** Width and height from the header of a PNG (PNG, third edition, §11.2.1). */
export function sizeOfPng(png: Uint8Array): readonly [number, number] | null {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  return png.length > 24 && view.getUint32(0) === 0x89504e47 ? [view.getUint32(16), view.getUint32(20)] : null;
}

export function surroundings(root: string): ManifestSurroundings {
  return {
    eventSource: readFileSync(join(root, 'addin', 'onsend.ts'), 'utf8'),
    icon(path) {
      const file = join(root, path.replace(/^\//, ''));
      return existsSync(file) ? sizeOfPng(readFileSync(file)) : null;
    },
  };
}

if (process.argv[1] === import.meta.filename) {
  const root = join(import.meta.dirname, '..');
  const path = process.argv[2] ?? join(root, 'manifest.xml');
  if (!existsSync(path)) {
    process.stderr.write('There is no such manifest.\n');
    process.exit(2);
  }
  const found = checkManifest(readFileSync(path, 'utf8'), surroundings(root));
  for (const wrong of found) process.stdout.write(`${wrong}\n`);
  process.stdout.write(found.length === 0 ? 'The manifest is in order.\n' : `${found.length} to mend.\n`);
  process.exit(found.length === 0 ? 0 : 1);
}
