import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkManifest, sizeOfPng, surroundings } from '../../addin/manifest.check.ts';
import { PLACEHOLDER, stampManifest } from '../../addin/manifest.stamp.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const XML = readFileSync(join(ROOT, 'manifest.xml'), 'utf8');
const around = surroundings(ROOT);

describe('the manifest', () => {
  it('is in order', () => expect(checkManifest(XML, around)).toEqual([]));

  it('is still in order when stamped', () => {
    const stamped = stampManifest(XML, 'https://mail.example.org');
    expect(stamped.kind === 'stamped' && checkManifest(stamped.xml, around)).toEqual([]);
    expect(stamped.kind === 'stamped' && stamped.xml).not.toContain(PLACEHOLDER);
  });

  /** Every rule with a manifest it must catch. */
  it.each<[string, (xml: string) => string, RegExp]>([
    ['not XML', (x) => x.replace('</OfficeApp>', ''), /^well-formed/],
    ['another root', () => '<App/>', /^well-formed/],
    ['elements out of order', (x) => x.replace(/(<ProviderName>[^<]*<\/ProviderName>)\s*(<DefaultLocale>[^<]*<\/DefaultLocale>)/, '$2$1'), /^order: ProviderName stands too late/],
    ['SupportsSharedFolders behind FunctionFile', (x) => x.replace(/(<SupportsSharedFolders>true<\/SupportsSharedFolders>)\s*(<FunctionFile [^>]*>)/, '$2$1'), /^order: SupportsSharedFolders/],
    ['an element that does not exist', (x) => x.replace('<SupportsPinning>true</SupportsPinning>', '<Pinning>true</Pinning>'), /^order: Pinning does not belong/],
    ['nothing to support', (x) => x.replace(/<SupportUrl [^>]*>/, ''), /^required: SupportUrl/],
    ['an Id that is none', (x) => x.replace(/<Id>[^<]*<\/Id>/, '<Id>send-secure</Id>'), /^identity: Id/],
    ['a version below 1.0', (x) => x.replace('<Version>1.0.0.0</Version>', '<Version>0.9.0.0</Version>'), /^identity: Version/],
    ['a reference to nothing', (x) => x.replace('resid="Compose.Tip"', 'resid="Gone"'), /^references: Gone is used/],
    ['a resource nobody uses', (x) => x.replace('<bt:String id="Group.Label"', '<bt:String id="Extra" DefaultValue="x"/><bt:String id="Group.Label"'), /^references: Extra is defined and not used/],
    ['a resource twice', (x) => x.replace('<bt:String id="Read.Tip"', '<bt:String id="Compose.Tip" DefaultValue="x"/><bt:String id="Read.Tip"'), /^references: Compose.Tip is defined twice/],
    ['a name too long', (x) => x.replaceAll('Group.Label', 'A.Label.Of.More.Than.Thirty.Two.Chars'), /^references: .* longer than 32/],
    ['http', (x) => x.replace('https://localhost:3000/addin/onsend.js', 'http://localhost:3000/addin/onsend.js'), /^addresses: .* not https/],
    ['another origin', (x) => x.replace('https://localhost:3000/addin/onsend.js', 'https://cdn.test/addin/onsend.js'), /^addresses: the origin of/],
    ['two OnMessageSend', (x) => x.replace('</LaunchEvents>', '<LaunchEvent Type="OnMessageSend" FunctionName="onMessageSendHandler" SendMode="Block"/></LaunchEvents>'), /^events: more than one OnMessageSend/],
    ['a handler nobody registers', (x) => x.replace('FunctionName="onMessageSendHandler"', 'FunctionName="onSendHandler"'), /^events: onSendHandler is never associated/],
    ['a send without a mode', (x) => x.replace('FunctionName="onMessageSendHandler" SendMode="SoftBlock"', 'FunctionName="onMessageSendHandler"'), /^events: SendMode of/],
    ['a mode that does not exist', (x) => x.replace('"onMessageSendHandler" SendMode="SoftBlock"', '"onMessageSendHandler" SendMode="softBlock"'), /^events: SendMode softBlock/],
    ['events from another page than the runtime', (x) => x.replace('</LaunchEvents>\n              <SourceLocation resid="Commands.Url"/>', '</LaunchEvents>\n              <SourceLocation resid="Taskpane.Url"/>'), /^events: SourceLocation/],
    ['nothing for classic Outlook', (x) => x.replace('<Override type="javascript" resid="Events.Url"/>', '<Override type="html" resid="Events.Url"/>'), /^events: no javascript runtime/],
    ['a button the event bundle cannot find', (x) => x.replace('id="msgComposeOpenPane"', 'id="msgComposePane"'), /^commands: the event bundle names msgComposeOpenPane/],
    ['a button twice', (x) => x.replace('id="msgReadOpenPane"', 'id="msgComposeOpenPane"'), /^commands: msgComposeOpenPane is there twice/],
    ['an icon that is not there', (x) => x.replace('icons/icon-16.png', 'icons/icon-17.png'), /^icons: Icon.16 is not there/],
    ['an icon of another size', (x) => x.replace('icons/icon-16.png', 'icons/icon-32.png'), /^icons: Icon.16 is 32 by 32/],
    ['a button without one of the sizes', (x) => x.replace('<bt:Image size="80" resid="Icon.80"/>', ''), /^icons: a button has none of 80/],
    ['a label too long', (x) => x.replace('id="Read.Label" DefaultValue="', `id="Read.Label" DefaultValue="${'x'.repeat(130)}`), /^strings: Read.Label/],
    ['more permission than needed', (x) => x.replace('ReadWriteItem', 'ReadWriteMailbox'), /^permission/],
  ])('%s is found', (_, spoil, complaint) => {
    const spoiled = spoil(XML);
    expect(spoiled).not.toBe(XML);
    expect(checkManifest(spoiled, around).some((c) => complaint.test(c))).toBe(true);
  });
});

describe('the stamp', () => {
  it.each([['', 'origin-invalid'], ['mail.example.org', 'origin-invalid'], ['http://mail.example.org', 'origin-not-https'], ['https://mail.example.org/path', 'origin-invalid'], ['https://a:b@mail.example.org', 'origin-invalid'], ['https://mail.example.org?x', 'origin-invalid']])(
    'refuses %s', (origin, code) => expect(stampManifest(XML, origin)).toEqual({ kind: 'refused', code }));
  it('changes the origin and nothing else', () => {
    const stamped = stampManifest(XML, 'https://mail.example.org:8443/');
    expect(stamped.kind === 'stamped' && stamped.xml.replaceAll('https://mail.example.org:8443', PLACEHOLDER)).toBe(XML);
  });
});

it('reads the size of a PNG, and of nothing else', () => {
  expect(sizeOfPng(readFileSync(join(ROOT, 'addin/icons/icon-80.png')))).toEqual([80, 80]);
  expect(sizeOfPng(new Uint8Array(40))).toBeNull();
});
