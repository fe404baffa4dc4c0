/**
 * Who knocks: an OAuth resource server for any OIDC issuer. Identity is `iss.sub` (or `tid.oid`), never an address.
 */
import type { StaffRole } from '../../shared/wire/wire.ts';

export interface Person {
  /** opaque and stable: hash of issuer and subject, `u_…` */
  readonly id: string;
  readonly name: string;
  readonly roles: readonly StaffRole[];
  /** addresses this person may send from, lower case */
  readonly addresses: readonly string[];
}
