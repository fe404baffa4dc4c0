/**
 * Every screen of the console: where it is, what it is called, who is shown it, and the chunk it comes in. To add one, write its file and add its line.
 * Who may do what is the service's to say; a screen is listed for the roles whose calls it makes.
 */
import type { ComponentType } from 'react';
import { ROLES, type StaffRole } from '../shared/wire/wire.ts';

export interface Screen {
  /** first part of the address after `/console/`; empty: where one begins */
  readonly path: string;
  readonly title: string;
  readonly group: 'Today' | 'Rules' | 'Recipients' | 'Compliance' | 'Administration';
  readonly roles: readonly StaffRole[];
  readonly load: () => Promise<{ readonly default: ComponentType }>;
}

const READERS = ['compliance', 'privacy-officer', 'auditor'] as const;
const RULERS = ['policy-author', 'policy-approver'] as const;

const SCREENS: readonly Screen[] = [
  { path: '', title: 'Overview', group: 'Today', roles: [...READERS, ...RULERS, 'records-manager', 'legal', 'system-admin'], load: () => import(/* webpackChunkName: "overview" */ './overview/overview.tsx') },
  { path: 'alerts', title: 'Alerts', group: 'Today', roles: [...READERS, 'system-admin'], load: () => import(/* webpackChunkName: "alerts" */ './alerts/alerts.tsx') },
  { path: 'approvals', title: 'Approvals', group: 'Today', roles: ROLES.filter((r) => r !== 'api-client'), load: () => import(/* webpackChunkName: "approvals" */ './approvals/approvals.tsx') },
  { path: 'policy', title: 'Policy', group: 'Rules', roles: [...RULERS, ...READERS], load: () => import(/* webpackChunkName: "policy" */ './policy/versions.tsx') },
  { path: 'rules', title: 'Write rules', group: 'Rules', roles: ['policy-author'], load: () => import(/* webpackChunkName: "rules" */ './policy/editor.tsx') },
  { path: 'called-wrong', title: 'Called wrong', group: 'Rules', roles: [...READERS, ...RULERS], load: () => import(/* webpackChunkName: "wrong" */ './alerts/wrong.tsx') },
  { path: 'keys', title: 'Recipients and keys', group: 'Recipients', roles: ['system-admin', 'policy-approver'], load: () => import(/* webpackChunkName: "keys" */ './recipients/keys.tsx') },
  { path: 'wishes', title: 'Recipients’ wishes', group: 'Recipients', roles: ['system-admin', 'privacy-officer'], load: () => import(/* webpackChunkName: "wishes" */ './recipients/wishes.tsx') },
  { path: 'domains', title: 'Domains', group: 'Recipients', roles: ['system-admin', 'compliance'], load: () => import(/* webpackChunkName: "domains" */ './domains/domains.tsx') },
  { path: 'log', title: 'Log', group: 'Compliance', roles: READERS, load: () => import(/* webpackChunkName: "log" */ './log/log.tsx') },
  { path: 'reports', title: 'Reports', group: 'Compliance', roles: READERS, load: () => import(/* webpackChunkName: "reports" */ './reports/reports.tsx') },
  { path: 'incidents', title: 'Incidents', group: 'Compliance', roles: [...READERS, 'legal'], load: () => import(/* webpackChunkName: "incidents" */ './incidents/incidents.tsx') },
  { path: 'emergency', title: 'Emergency access', group: 'Compliance', roles: ['clinician', ...READERS], load: () => import(/* webpackChunkName: "emergency" */ './incidents/emergency.tsx') },
  { path: 'controls', title: 'Safeguards', group: 'Compliance', roles: READERS, load: () => import(/* webpackChunkName: "controls" */ './controls/controls.tsx') },
  { path: 'integrity', title: 'Integrity', group: 'Compliance', roles: [...READERS, 'system-admin'], load: () => import(/* webpackChunkName: "integrity" */ './integrity/integrity.tsx') },
  { path: 'retention', title: 'Retention schedule', group: 'Compliance', roles: [...READERS, 'records-manager', 'legal'], load: () => import(/* webpackChunkName: "retention" */ './retention/retention.tsx') },
  { path: 'changes', title: 'Changes', group: 'Administration', roles: [...READERS, 'system-admin', 'policy-approver'], load: () => import(/* webpackChunkName: "changes" */ './people/changes.tsx') },
  { path: 'people', title: 'People and roles', group: 'Administration', roles: [...READERS, 'system-admin'], load: () => import(/* webpackChunkName: "people" */ './people/people.tsx') },
  { path: 'programs', title: 'Programs', group: 'Administration', roles: [...READERS, 'system-admin'], load: () => import(/* webpackChunkName: "programs" */ './people/programs.tsx') },
  { path: 'access-reviews', title: 'Access reviews', group: 'Administration', roles: [...READERS, 'system-admin'], load: () => import(/* webpackChunkName: "reviews" */ './people/reviews.tsx') },
  { path: 'signing', title: 'Our signing keys', group: 'Administration', roles: ['system-admin'], load: () => import(/* webpackChunkName: "signing" */ './recipients/own.tsx') },
  { path: 'permissions', title: 'Who may do what', group: 'Administration', roles: [...READERS, 'legal', 'system-admin'], load: () => import(/* webpackChunkName: "permissions" */ './permissions/permissions.tsx') },
];

export const shownTo = (roles: readonly StaffRole[]): readonly Screen[] => SCREENS.filter((s) => s.roles.some((r) => roles.includes(r)));
