/** The pictures: the product's own mark, one for each protection, one for each status. Always beside a word, so hidden from a screen reader. */
import { CalendarClock16Regular } from '@fluentui/react-icons/svg/calendar-clock';
import { Certificate20Regular } from '@fluentui/react-icons/svg/certificate';
import { CheckmarkCircle16Filled } from '@fluentui/react-icons/svg/checkmark-circle';
import { Clock16Regular } from '@fluentui/react-icons/svg/clock';
import { DismissCircle16Filled } from '@fluentui/react-icons/svg/dismiss-circle';
import { GlobeShield20Regular } from '@fluentui/react-icons/svg/globe-shield';
import { Key20Regular } from '@fluentui/react-icons/svg/key';
import { LockClosed20Regular } from '@fluentui/react-icons/svg/lock-closed';
import { Mail20Regular } from '@fluentui/react-icons/svg/mail';
import { Send16Regular } from '@fluentui/react-icons/svg/send';
import type { FC } from 'react';
import type { Protection } from '../../shared/plan/protection.ts';
import type { Status } from '../../shared/track/track.ts';

const WAYS: { readonly [P in Protection]: FC } = {
  tls: LockClosed20Regular, smime: Certificate20Regular, pgp: Key20Regular, portal: GlobeShield20Regular, 'plain-by-choice': Mail20Regular,
};

export function WayMark({ way }: { way: Protection }) {
  const Icon = WAYS[way];
  return <span aria-hidden="true" style={{ display: 'inline-flex' }}><Icon /></span>;
}

const STATUSES: { readonly [S in Status]: readonly [FC, string] } = {
  queued: [Clock16Regular, 'var(--colorNeutralForeground3)'],
  relayed: [Send16Regular, 'var(--colorBrandForeground1)'],
  delayed: [CalendarClock16Regular, 'var(--colorPaletteMarigoldForeground2)'],
  failed: [DismissCircle16Filled, 'var(--colorPaletteRedForeground1)'],
  delivered: [CheckmarkCircle16Filled, 'var(--colorPaletteGreenForeground1)'],
  opened: [CheckmarkCircle16Filled, 'var(--colorPaletteGreenForeground1)'],
  held: [Clock16Regular, 'var(--colorPaletteMarigoldForeground2)'],
  recalled: [DismissCircle16Filled, 'var(--colorNeutralForeground3)'],
};

export function StatusMark({ status }: { status: Status }) {
  const [Icon, color] = STATUSES[status];
  return <span aria-hidden="true" style={{ display: 'inline-flex', color }}><Icon /></span>;
}

/** A sealed envelope with a check: the same drawing as `icons/icon.svg`. */
export function ProductMark({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 64 64" aria-hidden="true" focusable="false">
      <rect x="4" y="12" width="50" height="38" rx="7" fill="#067591" />
      <path d="M8 18.5 26.6 33.4a4 4 0 0 0 4.9 0L50 18.5" fill="none" stroke="#edf5f8" strokeWidth="4" strokeLinecap="round" strokeLinejoin="round" />
      <circle cx="46" cy="44" r="15" fill="#16a37f" stroke="#fff" strokeWidth="4" />
      <path d="m39.5 44.4 4.6 4.6 8.6-9.4" fill="none" stroke="#fff" strokeWidth="4.4" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
