import { ok } from 'node:assert';
import { join } from 'node:path';
import { CannotRun } from '../../../e2e/tools/errors';
import { freePort } from '../../../e2e/tools/ports';
import type { Report } from '../../../e2e/tools/report';
import type { Supervisor } from '../../../e2e/tools/supervisor';
import { startRedis } from '../redis-server';
import { race } from './workers';

/** As the store on AWS is: TLS on, and a password. */
export async function checkSecured(report: Report, supervisor: Supervisor, binary: string): Promise<void> {
  const folder = supervisor.folder('tls');
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const made = await supervisor.run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert],
  ]);
  if (made.code !== 0) throw new CannotRun(`openssl failed: ${made.stderr}`);
  const port = await freePort();
  await startRedis(supervisor, binary, {
    port: 0,
    args: [
      ...['--tls-port', String(port), '--tls-cert-file', cert, '--tls-key-file', key, '--tls-auth-clients', 'no'],
      ...['--requirepass', 'a password with spaces'],
    ],
  });
  const options = {
    url: `rediss://localhost:${port}`,
    processes: 2,
    perSecond: 1_000,
    burst: 500,
    seconds: 1,
    leases: true,
  };
  await report.check('the limit holds over TLS, with a password', async () => {
    const { admitted, limit, fellBack } = await race(supervisor, {
      ...options,
      env: { NODE_EXTRA_CA_CERTS: cert, WORKER_PASSWORD: 'a password with spaces' },
    });
    ok(!fellBack && admitted > 0 && admitted <= limit, `${admitted} of ${limit}`);
    return `${admitted} of at most ${Math.floor(limit)}`;
  });
  await report.check('a certificate that nobody vouches for is not trusted', async () => {
    const env = { WORKER_PASSWORD: 'a password with spaces', WORKER_GIVES_UP: 'yes' };
    const failed = await race(supervisor, { ...options, processes: 1, env }).then(
      () => undefined,
      (error: unknown) => String(error),
    );
    ok(failed?.includes('self-signed certificate') === true, failed ?? 'it was trusted');
  });
}
