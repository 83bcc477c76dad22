import { mkdirSync, readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CannotRun } from '../tools/errors';
import { freePort } from '../tools/ports';
import { PROJECT_ROOT } from '../tools/project';
import { pythonEnvironment, requirementsOf } from '../tools/python';
import type { Supervised, Supervisor } from '../tools/supervisor';

/** What every emulator says it is. */
export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';

export interface EmulatorOptions {
  /**
   * Whether IAM decides: policies of roles and users, bucket policies, key policies of KMS calls. The emulator then speaks
   * TLS, because every bucket policy of the lake denies plain HTTP. @default false
   */
  readonly auth?: boolean;
}

export interface Emulator {
  /** Without a slash at the end; an IP address, so that S3 clients address buckets by path. */
  readonly endpoint: string;
  readonly port: number;
  readonly auth: boolean;
  /** Environment variables by which any AWS client, CLI or CDK process finds it as the account's root. */
  readonly environment: Readonly<Record<string, string>>;
  /** PEM of the certificate that it shows, when it speaks TLS. */
  readonly certificate: string | undefined;
  /** What the server and its Lambda functions wrote. */
  readonly log: string;
  /** Stops it; everything it held is gone. */
  stop(): Promise<void>;
}

/** Binding port 443 beside its own would need root and exclude a second emulator; nobody here asks for it. */
const LAUNCH = 'import ministack.app as app; app._port_is_bindable = lambda *_: False; app.main()';

/**
 * Starts ministack on a free port of the loopback interface and waits until it answers. Any number may run side by side. Its
 * state, home and temporary files lie in the supervisor's folder.
 *
 * @throws CannotRun without Python; Error with the end of its log when it does not become healthy
 */
export async function startEmulator(supervisor: Supervisor, { auth = false }: EmulatorOptions = {}): Promise<Emulator> {
  const python = await pythonEnvironment({
    name: 'ministack',
    requirements: requirementsOf(join(__dirname, 'requirements.txt')),
    supervisor,
  });
  const folder = supervisor.folder('emulator');
  const home = join(folder, 'home');
  const temporary = join(folder, 'tmp');
  for (const own of [home, temporary]) mkdirSync(own);
  const log = join(folder, 'emulator.log');
  const tls = auth ? await selfSigned(supervisor, folder) : undefined;
  const port = await freePort();
  const server = supervisor.spawn(python.python, ['-c', LAUNCH], {
    cwd: folder,
    log,
    env: {
      PATH: process.env.PATH,
      HOME: home,
      TMPDIR: temporary,
      GATEWAY_PORT: String(port),
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      MINISTACK_ACCOUNT_ID: ACCOUNT,
      MINISTACK_REGION: REGION,
      LOG_LEVEL: 'INFO',
      AUTH: String(auth),
      // Functions of the CDK's own custom resources load the SDK from the run time, which here is the host's Node.
      NODE_PATH: join(PROJECT_ROOT, 'node_modules'),
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      ...(tls === undefined ? {} : { USE_SSL: '1', MINISTACK_SSL_CERT: tls.certificate, MINISTACK_SSL_KEY: tls.key }),
      // No AWS_ENDPOINT_URL: functions inherit this environment, and unset they get the right one.
    },
  });
  const endpoint = `${auth ? 'https' : 'http'}://127.0.0.1:${port}`;
  const certificate = tls === undefined ? undefined : readFileSync(tls.certificate, 'utf8');
  await healthy(server, port, log, certificate);
  return {
    endpoint,
    port,
    auth,
    certificate,
    log,
    environment: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      HOME: home,
      ...(tls === undefined ? {} : { NODE_EXTRA_CA_CERTS: tls.certificate, AWS_CA_BUNDLE: tls.certificate }),
    },
    stop: () => server.kill(),
  };
}

async function healthy(server: Supervised, port: number, log: string, certificate: string | undefined): Promise<void> {
  let ended: number | undefined;
  void server.exited.then((code) => {
    ended = code;
  });
  for (let i = 0; i < 600; i++) {
    if (ended !== undefined) break;
    if (await answers(port, certificate)) return;
    await sleep(100);
  }
  const why = ended === undefined ? 'did not become healthy in 60 s' : `ended with exit code ${ended}`;
  throw new Error(
    `The emulator on port ${port} ${why}. The end of its log:\n${readFileSync(log, 'utf8').slice(-4_000)}`,
  );
}

function answers(port: number, certificate: string | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, path: '/_ministack/health', timeout: 2_000 };
    const onAnswer = (answer: http.IncomingMessage): void => {
      answer.resume();
      resolve(answer.statusCode === 200);
    };
    const request =
      certificate === undefined
        ? http.get(options, onAnswer)
        : https.get({ ...options, ca: certificate, agent: false }, onAnswer);
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}

/** Its own for each emulator, so that nothing else on this machine ever trusts it. */
async function selfSigned(supervisor: Supervisor, folder: string): Promise<{ certificate: string; key: string }> {
  const certificate = join(folder, 'certificate.pem');
  const key = join(folder, 'key.pem');
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
  const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const { code, stderr } = await supervisor.run('openssl', [...kind, ...subject, '-keyout', key, '-out', certificate]);
  if (code === 127) throw new CannotRun('openssl was not found; the emulator needs it to speak TLS.');
  if (code !== 0) throw new Error(`openssl failed with exit code ${code}:\n${stderr}`);
  return { certificate, key };
}
