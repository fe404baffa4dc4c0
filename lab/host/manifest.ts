/** What Outlook learns from an add-in's manifest: where the pages are, which function answers which event, which button opens which pane. */
export interface Manifest {
  /** label of the compose button */
  readonly label: string;
  readonly icon: string | null;
  readonly composePane: string;
  readonly readPane: string;
  readonly eventPage: string;
  readonly events: { readonly [type: string]: { readonly functionName: string; readonly sendMode: string } };
  /** control id → pane address */
  readonly commands: { readonly [id: string]: string };
}

/** The lab serves the add-in's own pages under another folder, with nothing but the office.js address changed. */
function labAddress(url: string): string {
  const { pathname, search } = new URL(url, location.origin);
  return `/lab/addin/${pathname.split('/').pop() ?? ''}${search}`;
}

const all = (root: Document | Element, name: string): Element[] => [...root.getElementsByTagNameNS('*', name)];

function readManifest(xml: string): Manifest {
  const doc = new DOMParser().parseFromString(xml, 'application/xml');
  if (doc.querySelector('parsererror') !== null) throw new Error('The manifest is not well-formed XML.');
  // VersionOverrides 1.1 sits inside 1.0 and replaces it.
  const root = all(doc, 'VersionOverrides').at(-1) ?? doc.documentElement;
  const resources = new Map<string, string>();
  for (const name of ['Url', 'Image', 'String']) for (const entry of all(root, name)) resources.set(entry.getAttribute('id') ?? '', entry.getAttribute('DefaultValue') ?? '');
  const resource = (element: Element | undefined) => resources.get(element?.getAttribute('resid') ?? '') ?? '';
  const points = all(root, 'ExtensionPoint');
  const point = (type: string) => points.find((p) => p.getAttribute('xsi:type') === type);
  const commands: { [id: string]: string } = {};
  for (const control of all(root, 'Control')) {
    const source = all(control, 'SourceLocation')[0];
    if (source !== undefined) commands[control.getAttribute('id') ?? ''] = labAddress(resource(source));
  }
  const paneOf = (type: string) => {
    const found = point(type);
    const source = found === undefined ? undefined : all(found, 'SourceLocation')[0];
    return source === undefined ? '' : labAddress(resource(source));
  };
  const launch = point('LaunchEvent');
  const events: { [type: string]: { functionName: string; sendMode: string } } = {};
  for (const event of launch === undefined ? [] : all(launch, 'LaunchEvent')) {
    events[event.getAttribute('Type') ?? ''] = { functionName: event.getAttribute('FunctionName') ?? '', sendMode: event.getAttribute('SendMode') ?? 'SoftBlock' };
  }
  const compose = point('MessageComposeCommandSurface');
  const control = compose === undefined ? undefined : all(compose, 'Control')[0];
  const image = control === undefined ? undefined : all(control, 'Image').find((i) => i.getAttribute('size') === '32');
  const icon = resource(image);
  return {
    label: (control === undefined ? '' : resource(all(control, 'Label')[0])) || 'Send Secure',
    icon: icon === '' ? null : new URL(icon, location.origin).pathname,
    composePane: paneOf('MessageComposeCommandSurface'),
    readPane: paneOf('MessageReadCommandSurface') || paneOf('MessageComposeCommandSurface'),
    eventPage: launch === undefined ? '' : labAddress(resource(all(launch, 'SourceLocation')[0])),
    events,
    commands,
  };
}

export async function fetchManifest(): Promise<Manifest> {
  const response = await fetch('/addin/manifest.xml');
  if (!response.ok) throw new Error('The add-in is not built: there is no manifest.');
  return readManifest(await response.text());
}
