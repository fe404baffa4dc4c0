/**
 * Items wait here: one message for one recipient. Destination leases, fenced item leases, retries by destination.
 * Never sends; never decides a protection.
 */
import type { Protection } from '../../shared/plan/protection.ts';

export interface Item {
  readonly id: string;
  readonly message: string;
  /** recipient domain, lower case: the lease unit */
  readonly destination: string;
  /** `message` to a recipient, or `mail` (receipt, code, refusal) of our own */
  readonly kind: 'message' | 'mail';
  readonly protection: Protection;
  readonly otherwise: Protection | null;
  readonly attempts: number;
  /** fence: settle and defer only succeed for the lease that was given */
  readonly lease: string;
}
