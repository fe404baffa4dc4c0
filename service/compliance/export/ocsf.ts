/** Open Cybersecurity Schema Framework 1.3 for a SIEM: each event in the class that fits it, the whole entry beside it as `unmapped`. */
import type { Told } from './export.ts';

interface Class { readonly uid: number; readonly name: string; readonly category: number; readonly categoryName: string; readonly activity: number; readonly activityName: string }
const of = (uid: number, name: string, categoryName: string, activity: number, activityName: string): Class => ({ uid, name, category: Math.floor(uid / 1000), categoryName, activity, activityName });

/** First that fits; numbers are OCSF's. */
const CLASSES: readonly (readonly [RegExp, Class])[] = [
  [/^message\.accepted$/, of(4009, 'Email Activity', 'Network Activity', 1, 'Send')],
  [/^delivery\.attempt|^delivery\.(relayed|deferred|failed|held|unknown|queued)/, of(4009, 'Email Activity', 'Network Activity', 5, 'MTA Relay')],
  [/^delivery\.|^portal\.notified/, of(4009, 'Email Activity', 'Network Activity', 4, 'Trace')],
  [/^auth\.|^session\.|^portal\.(authenticated|code_|locked|access_denied)/, of(3002, 'Authentication', 'Identity & Access Management', 1, 'Logon')],
  [/^account\.|^people\./, of(3001, 'Account Change', 'Identity & Access Management', 99, 'Other')],
  [/^authz\.|^breakglass\./, of(3005, 'User Access Management', 'Identity & Access Management', 1, 'Assign Privileges')],
  [/^encryption\.downgrade_blocked$|^message\.refused$|^dlp\./, of(2006, 'Data Security Finding', 'Findings', 1, 'Create')],
  [/^incident\./, of(2005, 'Incident Finding', 'Findings', 1, 'Create')],
  [/^control\./, of(2003, 'Compliance Finding', 'Findings', 1, 'Create')],
  [/^portal\.|^content\.|^audit\.revealed$/, of(6005, 'Datastore Activity', 'Application Activity', 1, 'Read')],
  [/./, of(6003, 'API Activity', 'Application Activity', 99, 'Other')],
];
const STATUS: { readonly [outcome: string]: readonly [number, string] } = { ok: [1, 'Success'], denied: [2, 'Failure'], failed: [2, 'Failure'], unknown: [0, 'Unknown'] };

export function ocsf(e: Told, origin: string): object {
  const c = CLASSES.find(([pattern]) => pattern.test(e.type))?.[1] as Class;
  const [status, statusName] = STATUS[e.outcome] ?? [0, 'Unknown'];
  const finding = c.category === 2;
  return {
    class_uid: c.uid, class_name: c.name, category_uid: c.category, category_name: c.categoryName, activity_id: c.activity, activity_name: c.activityName, type_uid: c.uid * 100 + c.activity, type_name: `${c.name}: ${c.activityName}`,
    time: Date.parse(e.time), severity_id: e.outcome === 'ok' ? 1 : 3, severity: e.outcome === 'ok' ? 'Informational' : 'Medium', status_id: status, status: statusName, message: e.text,
    metadata: { version: '1.3.0', uid: e.id, log_name: origin, ...(e.seq === null ? {} : { sequence: e.seq }), event_code: e.type, product: { name: 'Send Secure', vendor_name: 'Send Secure' } },
    actor: { user: { uid: e.actor.id, type: e.actor.kind } },
    ...(c.uid === 4009 ? { direction_id: 2, direction: 'Outbound', email: { uid: e.message ?? '' } } : {}),
    ...(c.uid === 3002 ? { user: { uid: e.actor.id } } : {}),
    ...(finding ? { finding_info: { uid: e.id, title: e.text, types: [e.type] } } : {}),
    unmapped: { ...(e.item === undefined ? {} : { item: e.item }), facts: e.facts, sealed: e.sealed },
  };
}
