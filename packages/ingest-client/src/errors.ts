/** All errors of the client. What went wrong, and what it means for the events, is in the message. */
export class IngestError extends Error {
  override readonly name: string = 'IngestError';
}

/** Options that cannot be used. Lists every mistake. */
export class IngestOptionsError extends IngestError {
  override readonly name = 'IngestOptionsError';
}

/** An event that cannot be sent at all. Nothing was sent. */
export class InvalidEventError extends IngestError {
  override readonly name = 'InvalidEventError';
}

/** The client takes no more events: it was closed or aborted. */
export class ClientClosedError extends IngestError {
  override readonly name = 'ClientClosedError';
}

/** The gateway has judged this event and does not take it. Sending it again would change nothing. */
export class EventRejectedError extends IngestError {
  override readonly name = 'EventRejectedError';

  constructor(
    /** Id of the event. */
    readonly id: string,
    /** For machines; see ingest/docs/ingest.md#answers. */
    readonly code: string,
    /** Column that does not fit, when it is one. */
    readonly field: string | undefined,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Another event was stored under this id before, with other content; this one was not stored. Sending it again would change
 * nothing: give it an id of its own if it is an event of its own.
 */
export class EventConflictError extends IngestError {
  override readonly name = 'EventConflictError';

  constructor(
    /** Id of the event. */
    readonly id: string,
    message: string,
  ) {
    super(message);
  }
}

/** The gateway refuses the request as a whole, and sending it again would change nothing. Nothing of it was stored. */
export class RequestRefusedError extends IngestError {
  override readonly name = 'RequestRefusedError';

  constructor(
    /** HTTP status. */
    readonly status: number,
    /** Last part of the problem's `type`, such as `forbidden`; `unknown` if the answer is no problem document. */
    readonly code: string,
    detail: string,
  ) {
    super(`the gateway answers ${status} (${code}): ${detail}`);
  }
}

/**
 * Given up: no acknowledgement within the time, or aborted. The events may or may not be stored; sending them again with
 * the same ids is safe. `cause` is what stood in the way last.
 */
export class DeliveryError extends IngestError {
  override readonly name = 'DeliveryError';

  constructor(
    message: string,
    /** Requests that were sent. */
    readonly attempts: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
