import { readFileSync } from 'node:fs';
import { get as httpGet } from 'node:http';
import { get as httpsGet, type RequestOptions } from 'node:https';

/**
 * The image's health check: exit code 0 when this container's own gateway answers `/healthz` with 200. It reads the same
 * variables as the gateway. With TLS it trusts only the gateway's certificate, whatever name it is issued for.
 */
const { INGEST_PORT = '5001', INGEST_TLS_CERT_FILE } = process.env;

const address = { host: '127.0.0.1', port: INGEST_PORT, path: '/healthz', timeout: 2_000 };

/** Not in the type yet: trusts a certificate whose issuer is unknown here. */
const secure: RequestOptions & { readonly allowPartialTrustChain: boolean } = {
  ...address,
  allowPartialTrustChain: true,
  checkServerIdentity: () => undefined,
};

const request =
  INGEST_TLS_CERT_FILE === undefined || INGEST_TLS_CERT_FILE === ''
    ? httpGet(address)
    : httpsGet({ ...secure, ca: readFileSync(INGEST_TLS_CERT_FILE) });

request
  .on('response', ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1))
  .on('timeout', () => request.destroy(new Error('no answer in 2 s')))
  .on('error', (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
