import type { Dispatcher } from 'undici';
import type { SignedRequest } from './request-signer';

export interface WholeResponse {
  readonly status: number;
  readonly versionId: string | undefined;
  readonly body: Buffer;
}

/**
 * A GET whose body is taken as one buffer. It goes below undici's request(): a stream for each of ten thousand small
 * objects costs more than their transfer.
 */
export function getWhole(dispatcher: Dispatcher, { origin, path, headers }: SignedRequest): Promise<WholeResponse> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let status = 0;
    let versionId: string | undefined;
    dispatcher.dispatch(
      { origin, path, method: 'GET', headers },
      {
        onRequestStart() {},
        onResponseStart(_controller, statusCode, fields) {
          status = statusCode;
          const version = fields['x-amz-version-id'];
          versionId = Array.isArray(version) ? version[0] : version;
        },
        onResponseData(_controller, chunk) {
          chunks.push(chunk);
        },
        onResponseEnd() {
          const [first] = chunks;
          const body = first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks);
          resolve({ status, versionId, body });
        },
        onResponseError(_controller, error) {
          reject(error);
        },
      },
    );
  });
}
