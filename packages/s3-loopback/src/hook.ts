/** What the fault hook is told about a request. */
export interface RequestEvent {
  /** `before`: received and checked, nothing has happened yet. `after`: it took effect (or failed), nothing was sent yet. */
  readonly phase: 'before' | 'after';
  /** As the API reference names it, for example `PutObject`. */
  readonly operation: string;
  readonly bucket: string;
  readonly key: string;
  readonly requestId: string;
  /** Status of the answer about to be sent; 0 before the operation. */
  readonly status: number;
}

/** An answer in place of the real one, or `drop`: the connection is destroyed without an answer. */
export type Fault = { readonly status: number; readonly code: string } | 'drop';

export type RequestHook = (event: RequestEvent) => Promise<Fault | undefined> | Fault | undefined;
