import type { Dispatcher } from 'undici';
import type { TransferWatch } from '../limits/transfer-watch';
import type { SignedRequest } from './request-signer';
import { MAX_ERROR_BYTES } from './response';

export interface WholeResponse {
  readonly status: number;
  readonly versionId: string | undefined;
  /** For a status other than 200, only the beginning. */
  readonly body: Buffer;
}

/**
 * A GET whose body is read into one buffer. It uses the layer below undici's request(): a stream for each of ten thousand small
 * objects costs more than their transfer.
 *
 * @param size bytes of the object; a longer body is an error
 */
export function getWhole(
  dispatcher: Dispatcher,
  { origin, path, headers }: SignedRequest,
  size: number,
  watch: TransferWatch,
): Promise<WholeResponse> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let status = 0;
    let versionId: string | undefined;
    let control: Dispatcher.DispatchController | undefined;
    let ended: Error | undefined;
    const answer = (): void => {
      const [first] = chunks;
      const body = first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks);
      resolve({ status, versionId, body });
    };
    const end = (error: Error): void => {
      ended = error;
      transfer.end();
      // The status counts, even if its text never ends.
      if (status === 0 || status === 200) reject(error);
      else answer();
      control?.abort(error);
    };
    const transfer = watch.begin(end);
    dispatcher.dispatch(
      { origin, path, method: 'GET', headers },
      {
        onRequestStart(controller) {
          control = controller;
          if (ended !== undefined) controller.abort(ended);
        },
        onResponseStart(_controller, statusCode, fields) {
          status = statusCode;
          const version = fields['x-amz-version-id'];
          versionId = Array.isArray(version) ? version[0] : version;
        },
        onResponseData(_controller, chunk) {
          bytes += chunk.length;
          transfer.count(chunk.length);
          chunks.push(chunk);
          if (status === 200 ? bytes > size : bytes > MAX_ERROR_BYTES) {
            end(new Error(`more than the ${size} bytes of the object came`));
          }
        },
        onResponseEnd() {
          transfer.end();
          answer();
        },
        onResponseError(_controller, error) {
          transfer.end();
          if (status === 0 || status === 200) reject(error);
          else answer();
        },
      },
    );
  });
}
