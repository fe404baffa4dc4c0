/**
 * FHIR R4 AuditEvent after IHE BALP 1.1 (AuditPrivacyDisclosureSource, Query, Read) and, for the way of a message, the shape of MedCom's
 * EHMI delivery status. The patient is a commitment in the log and stays one here, so BALP's patient entity is left out and no profile is claimed.
 */
import type { Told } from './export.ts';

const DCM = 'http://dicom.nema.org/resources/ontology/DCM';
const LIFECYCLE = 'http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle';
const EVENT = 'http://terminology.hl7.org/CodeSystem/audit-event-type';
const REST = 'http://hl7.org/fhir/restful-interaction';
const REASON = 'http://terminology.hl7.org/CodeSystem/v3-ActReason';
const ENTITY = 'http://terminology.hl7.org/CodeSystem/audit-entity-type';
const ROLE = 'http://terminology.hl7.org/CodeSystem/object-role';

interface Coding { readonly system: string; readonly code: string; readonly display: string }
interface Kind { readonly type: Coding; readonly subtype?: Coding; readonly action: 'C' | 'R' | 'U' | 'D' | 'E' }

const EXPORT = { system: DCM, code: '110106', display: 'Export' };
const DISCLOSE = { system: LIFECYCLE, code: 'disclose', display: 'Disclose Record Lifecycle Event' };
/** Codes of ISO 21089 with their displays. */
const LIVES = {
  access: 'Access/View', archive: 'Archive', destroy: 'Destroy/Delete', encrypt: 'Encrypt', hold: 'Add Legal Hold', originate: 'Originate/Retain', transmit: 'Transmit', unhold: 'Remove Legal Hold',
} as const;
const life = (code: keyof typeof LIVES, action: Kind['action']): Kind => ({ type: { system: EVENT, code: 'object', display: 'Object' }, subtype: { system: LIFECYCLE, code, display: `${LIVES[code]} Record Lifecycle Event` }, action });

/** First that fits. */
const KINDS: readonly (readonly [RegExp, Kind])[] = [
  [/^delivery\.relayed$|^portal\.(message_opened|attachment_downloaded)$/, { type: EXPORT, subtype: DISCLOSE, action: 'R' }],
  [/^delivery\.|^portal\.notified$/, life('transmit', 'E')],
  [/^auth|^portal\.(authenticated|code_|locked|access_denied)|^session\./, { type: { system: DCM, code: '110114', display: 'User Authentication' }, subtype: { system: DCM, code: '110122', display: 'Login' }, action: 'E' }],
  [/^audit\.(queried|looked_up|counted)$|^accounting\./, { type: { system: EVENT, code: 'rest', display: 'RESTful Operation' }, subtype: { system: REST, code: 'search', display: 'search' }, action: 'E' }],
  [/^audit\.revealed$|^content\./, { type: { system: EVENT, code: 'rest', display: 'RESTful Operation' }, subtype: { system: REST, code: 'read', display: 'read' }, action: 'R' }],
  [/^export\.|^audit\.exported$|^evidence\./, { type: EXPORT, action: 'R' }],
  [/^disposal\./, life('destroy', 'D')],
  [/^message\.accepted$/, life('originate', 'C')],
  [/^encryption\./, life('encrypt', 'E')],
  [/^hold\.(released|cooling)/, life('unhold', 'U')],
  [/^hold\./, life('hold', 'U')],
  [/^retention\./, life('archive', 'U')],
  [/^breakglass\./, { type: { system: DCM, code: '110113', display: 'Security Alert' }, subtype: { system: DCM, code: '110127', display: 'Emergency Override Started' }, action: 'E' }],
  [/^log\.|^key\./, { type: { system: DCM, code: '110113', display: 'Security Alert' }, action: 'E' }],
  [/^service\./, { type: { system: DCM, code: '110100', display: 'Application Activity' }, action: 'E' }],
];
const OTHER: Kind = life('access', 'E');
const OUTCOME: { readonly [outcome: string]: string } = { ok: '0', denied: '4', failed: '8', unknown: '8' };
const PURPOSES: { readonly [why: string]: readonly [string, string] } = {
  'patient-request': ['PATRQT', 'patient requested'], 'legal': ['HLEGAL', 'legal'], 'operations': ['HOPERAT', 'healthcare operations'], 'oversight': ['HSYSADMIN', 'health system administration'],
  'activity-review': ['HCOMPL', 'health compliance'], 'complaint': ['HCOMPL', 'health compliance'], 'breach-investigation': ['HCOMPL', 'health compliance'], 'break-glass': ['BTG', 'break the glass'],
};

export function auditEvent(e: Told, origin: string): object {
  const kind = KINDS.find(([pattern]) => pattern.test(e.type))?.[1] ?? OTHER;
  const purpose = PURPOSES[String(e.facts['purpose'] ?? '')];
  // FHIR has no empty strings: what says nothing is left out.
  const told = Object.entries(e.facts).filter(([, value]) => value !== null && String(value).trim() !== '');
  const disclosed = kind.subtype?.code === 'disclose';
  const service = { display: origin, identifier: { system: 'urn:send-secure:log', value: origin } };
  return {
    resourceType: 'AuditEvent', id: e.id.replace(/^evt_/, ''),
    type: kind.type, subtype: [...(kind.subtype ? [kind.subtype] : []), { system: 'urn:send-secure:event', code: e.type, display: e.text.slice(0, 200) }],
    action: kind.action, recorded: e.time, outcome: OUTCOME[e.outcome] ?? '8', outcomeDesc: e.text,
    ...(purpose ? { purposeOfEvent: [{ coding: [{ system: REASON, code: purpose[0], display: purpose[1] }] }] } : {}),
    agent: [
      ...(disclosed ? [
        { type: { coding: [{ system: DCM, code: '110153', display: 'Source Role ID' }] }, who: service, requestor: false },
        { type: { coding: [{ system: DCM, code: '110152', display: 'Destination Role ID' }] }, who: e.item === undefined ? { display: 'not named' } : { identifier: { system: 'urn:send-secure:item', value: e.item } }, requestor: false },
      ] : []),
      { who: { identifier: { system: 'urn:send-secure:actor', value: e.actor.id }, display: e.actor.kind }, requestor: true },
    ],
    source: { observer: service },
    entity: [
      ...(e.message === undefined ? [] : [{ what: { identifier: { system: 'urn:send-secure:message', value: e.message } }, type: { system: ENTITY, code: '2', display: 'System Object' }, role: { system: ROLE, code: '3', display: 'Report' } }]),
      {
        what: { identifier: { system: 'urn:send-secure:entry', value: String(e.seq) } }, type: { system: ENTITY, code: '4', display: 'Other' }, role: { system: ROLE, code: '20', display: 'Job' },
        ...(told.length === 0 ? {} : { detail: told.map(([type, value]) => ({ type, valueString: String(value) })) }),
      },
    ],
  };
}
