/**
 * The manner of every Office call: required arguments, then perhaps options, then perhaps a callback that gets an AsyncResult.
 * Faults strike here, so that every call of the API can be made to fail, to hang, to be late or to lie.
 */
export type OutlookFault =
  | { readonly kind: 'error'; readonly code: number }
  /** the callback is never called */
  | { readonly kind: 'silent' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** throws instead of calling back, as a proxy whose item is gone does in classic Outlook */
  | { readonly kind: 'throws' }
  /** succeeds with this instead of the truth */
  | { readonly kind: 'value'; readonly value: unknown }
  /** `body.getAsync`: the body before the last change */
  | { readonly kind: 'stale' }
  /** `getAttachmentContentAsync`: succeeds, and brings nothing */
  | { readonly kind: 'empty' };

/** Outlook's numbers: learn.microsoft.com, "Troubleshoot Outlook add-ins: error codes". */
const ERRORS: { readonly [code: number]: readonly [name: string, message: string] } = {
  5001: ['InternalError', 'An internal error has occurred.'],
  9000: ['AttachmentSizeExceeded', 'The attachment exceeds the allowed size.'],
  9002: ['FormatError', 'The parameter format is not valid.'],
  9003: ['InvalidAttachmentId', 'The attachment ID does not exist.'],
  9007: ['AttachmentUploadGeneralFailure', 'The upload of an attachment failed.'],
  9008: ['AttachmentToDeleteDoesNotExist', 'The attachment to be deleted does not exist.'],
  9011: ['HtmlSanitizationFailure', 'The sanitization of HTML failed.'],
  9012: ['NumberOfRecipientsExceeded', 'The number of recipients exceeds the allowed limit.'],
  9020: ['GenericResponseError', 'An internal error has occurred.'],
  9021: ['SaveError', 'Connection error while trying to save the item.'],
  9024: ['KeyNotFound', 'The specified key was not found.'],
  9025: ['NumberOfNotificationsExceeded', 'The number of notification messages exceeds the allowed limit.'],
  9030: ['ApiCallFailedDueToItemChange', 'The selected item has been changed.'],
  9043: ['InternetHeadersInvalid', 'The internet header name is not valid.'],
};

/** Thrown by the work of a call: becomes a failed AsyncResult with one of Outlook's codes. */
export class OfficeFailure extends Error {
  readonly code: number;
  constructor(code: number) {
    super('An Office call failed.');
    this.code = code;
  }
}

interface Called {
  readonly required: readonly unknown[];
  readonly options: { readonly [name: string]: unknown };
  readonly answer: (result: unknown) => void;
  readonly context: unknown;
}

export function readCall(args: readonly unknown[], required: number): Called {
  const rest = args.slice(required);
  const at = rest.findIndex((a) => typeof a === 'function');
  const options = rest.find((a, i) => typeof a === 'object' && a !== null && (at < 0 || i < at)) as { [name: string]: unknown } | undefined;
  return {
    required: args.slice(0, required),
    options: options ?? {},
    answer: at < 0 ? () => {} : (rest[at] as (result: unknown) => void),
    // The older calls take a bare userContext behind the callback.
    context: options?.['asyncContext'] ?? (at < 0 ? undefined : rest[at + 1]),
  };
}

export function succeeded(value: unknown, context: unknown): unknown {
  return { status: 'succeeded', value, error: undefined, asyncContext: context, diagnostics: {} };
}

export function failed(code: number, context: unknown): unknown {
  const [name, message] = ERRORS[code] ?? ['InternalError', 'An internal error has occurred.'];
  return { status: 'failed', value: undefined, error: { code, name, message }, asyncContext: context, diagnostics: {} };
}

/** Late, even by nothing: Office never calls back before the call has returned. */
export function later(ms: number, act: () => void): void {
  if (ms === 0) queueMicrotask(act);
  else setTimeout(act, ms);
}
