/** The programs of the image, each loaded in this process, which does not end with them. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

import http = require('node:http');
import https = require('node:https');

import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { folder, later } from './support/rig';
import { AUDIENCE, createIssuer, ISSUER } from './support/tokens';

/** Takes note of how a process ends, the first time: what follows does not happen in one that has ended. */
let end: (code: unknown) => void = () => {};
const environment = { ...process.env };
const restoring: jest.SpyInstance[] = [];

beforeAll(() => {
  restoring.push(jest.spyOn(process, 'exit').mockImplementation((code) => end(code) as never));
});

afterAll(() => {
  for (const spy of restoring) spy.mockRestore();
});

/** Loads a program. What it says, its signals, and how it ends: its exit code, and what it says on the standard error. */
function run(load: () => unknown, changes: Record<string, string | undefined> = {}) {
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  const [said, out] = [[], []] as [string[], string[]];
  const into = (texts: string[]) => (text: string | Uint8Array) => texts.push(String(text)) > 0;
  const signals = new Map<string | symbol, () => void>();
  const spies = [
    jest.spyOn(process.stderr, 'write').mockImplementation(into(said)),
    jest.spyOn(process.stdout, 'write').mockImplementation(into(out)),
    jest.spyOn(process, 'on').mockImplementation((name, listener) => {
      signals.set(name, listener as () => void);
      return process;
    }),
  ];
  later(() => {
    for (const spy of spies) spy.mockRestore();
    for (const name of Object.keys(changes)) {
      if (environment[name] === undefined) delete process.env[name];
      else process.env[name] = environment[name];
    }
  });
  const ended = new Promise<{ code: unknown; said: string }>((resolve) => {
    end = (code) => resolve({ code, said: said.join('') });
  });
  jest.isolateModules(load);
  return { ended, signals, out };
}

describe('the health check', () => {
  const check = (environment: Record<string, string | undefined>) =>
    run(() => require('../../gateway/image/health'), environment);
  const asked: string[] = [];

  /** A server on loopback that answers each request with a status. */
  async function listening(server: http.Server, status: number): Promise<string> {
    asked.length = 0;
    server.on('request', (request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    later(() => server.close());
    return String((server.address() as AddressInfo).port);
  }

  test.each([
    [200, 0],
    [201, 1],
    [404, 1],
    [503, 1],
  ])('of an answer %s ends with %s', async (status, code) => {
    const INGEST_PORT = await listening(http.createServer(), status);
    expect(await check({ INGEST_PORT, INGEST_TLS_CERT_FILE: undefined }).ended).toEqual({ code, said: '' });
    expect(asked).toEqual(['GET /healthz']);
  });

  test('without a gateway ends with 1, and says why', async () => {
    const { code, said } = await check({ INGEST_PORT: '1', INGEST_TLS_CERT_FILE: '' }).ended;
    expect([code, said]).toEqual([1, 'connect ECONNREFUSED 127.0.0.1:1\n']);
  });

  test('asks port 5001 where none is set, and waits two seconds', async () => {
    const get = jest.spyOn(http, 'get');
    const { ended } = check({ INGEST_PORT: undefined, INGEST_TLS_CERT_FILE: undefined });
    expect(get).toHaveBeenCalledWith({ host: '127.0.0.1', port: '5001', path: '/healthz', timeout: 2_000 });
    const request = get.mock.results[0]?.value as http.ClientRequest;
    get.mockRestore();
    request.emit('timeout');
    expect(await ended).toEqual({ code: 1, said: 'no answer in 2 s\n' });
  });

  describe('with TLS', () => {
    const certificate = (name: string): { readonly cert: string; readonly key: string } => {
      const files = folder();
      const [key, cert] = [join(files, 'key.pem'), join(files, 'cert.pem')];
      const parameters = ['-nodes', '-days', '1', '-subj', `/CN=${name}`, '-keyout', key, '-out', cert];
      execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', ...parameters], {
        stdio: 'ignore',
      });
      return { cert, key };
    };
    const secure = ({ cert, key }: { cert: string; key: string }) =>
      https.createServer({ cert: readFileSync(cert), key: readFileSync(key) });

    test('trusts the certificate of the gateway, whatever name it has, and no other', async () => {
      const [own, other] = [certificate('lake.example'), certificate('lake.example')];
      const INGEST_PORT = await listening(secure(own), 200);
      expect(await check({ INGEST_PORT, INGEST_TLS_CERT_FILE: own.cert }).ended).toEqual({ code: 0, said: '' });
      const { code, said } = await check({ INGEST_PORT, INGEST_TLS_CERT_FILE: other.cert }).ended;
      expect([code, said]).toEqual([1, expect.stringMatching(/self-signed certificate|signature failure/)]);
    });

    test('asks as without it', async () => {
      const { cert } = certificate('x');
      const get = jest.spyOn(https, 'get');
      const { ended } = check({ INGEST_PORT: '1', INGEST_TLS_CERT_FILE: cert });
      expect(get.mock.calls[0]?.[0]).toEqual({
        ...{ host: '127.0.0.1', port: '1', path: '/healthz', timeout: 2_000 },
        ca: readFileSync(cert),
        allowPartialTrustChain: true,
        checkServerIdentity: expect.any(Function),
      });
      get.mockRestore();
      expect((await ended).code).toBe(1);
    });
  });
});

describe('the gateway', () => {
  const start = (environment: Record<string, string | undefined>) =>
    run(() => require('../../gateway/main'), {
      ...{ RAW_BUCKET: 'raw', INGEST_JWT_ISSUER: ISSUER, INGEST_JWT_AUDIENCE: AUDIENCE },
      ...{ INGEST_PORT: '0', INGEST_EMF_SECONDS: '0' },
      ...environment,
    });
  const keys = async (): Promise<string> => {
    const file = join(folder(), 'jwks.json');
    writeFileSync(file, (await createIssuer()).jwks);
    return file;
  };
  const listening = async (out: readonly string[]): Promise<void> => {
    while (!out.some((line) => line.includes('"listening"'))) await new Promise((resolve) => setImmediate(resolve));
    // Its signals are listened to right afterwards.
    await new Promise((resolve) => setImmediate(resolve));
  };

  test('with wrong settings ends with 2, and says which, without a stack', async () => {
    const { code, said } = await start({ INGEST_JWKS: undefined, RAW_BUCKET: '' }).ended;
    expect(code).toBe(2);
    expect(said).toBe(
      [
        '2 mistakes in the ingest settings:',
        '  RAW_BUCKET: is not set',
        '    fix: set it to the name of the raw bucket',
        '  INGEST_JWKS: is not set',
        '    fix: set it to the https URL or the file of your JWK Set',
        '',
      ].join('\n'),
    );
  });

  test('that cannot listen ends with 1, and says why, with the stack', async () => {
    const taken = http.createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    later(() => taken.close());
    const { port } = taken.address() as AddressInfo;
    const { ended } = start({ INGEST_JWKS: await keys(), INGEST_PORT: String(port) });
    const { code, said } = await ended;
    expect([code, said]).toEqual([1, expect.stringMatching(/^Error: listen EADDRINUSE: .+(?:\n +at .+)+\n/)]);
  });

  test.each(['SIGTERM', 'SIGINT'])('drains at %s, and ends with 0', async (signal) => {
    const { ended, signals, out } = start({ INGEST_JWKS: await keys() });
    await listening(out);
    expect([...signals.keys()]).toEqual(expect.arrayContaining(['SIGTERM', 'SIGINT']));
    signals.get(signal)?.();
    // As when a supervisor is impatient.
    signals.get(signal)?.();
    expect(await ended).toEqual({ code: 0, said: '' });
    expect(out.at(-1)).toContain('drained: everything is stored and answered');
  });
});

test('a gateway that has not stored or answered everything in time ends with 1', async () => {
  later(() => jest.dontMock('../../gateway/gateway'));
  // A real one would take the seconds of its draining.
  jest.doMock('../../gateway/gateway', () => ({ startGateway: async () => ({ stop: async () => false }) }));
  const { ended, signals } = run(() => require('../../gateway/main'), {
    ...{ RAW_BUCKET: 'raw', INGEST_JWKS: '/keys.json', INGEST_JWT_ISSUER: ISSUER, INGEST_JWT_AUDIENCE: AUDIENCE },
  });
  await new Promise((resolve) => setImmediate(resolve));
  signals.get('SIGTERM')?.();
  expect(await ended).toEqual({ code: 1, said: '' });
});

describe('the build of the image', () => {
  const build = async (args: readonly string[], before = (): void => {}) => {
    const { argv, exitCode } = process;
    process.argv = ['node', 'main.ts', ...args];
    const { ended } = run(() => {
      before();
      require('../../gateway/image/main');
    });
    const code = process.exitCode;
    end(code);
    process.argv = argv;
    process.exitCode = exitCode;
    return ended;
  };

  test('without a folder ends with 2, and says how it is called', async () => {
    expect(await build([])).toEqual({ code: 2, said: 'Usage: main.ts FOLDER\n' });
  });

  test('with datasets that hold a mistake ends with 2, and says which, without a stack', async () => {
    const given = Object.getOwnPropertyDescriptor(globalThis, '__LAKE_DATASETS__') as PropertyDescriptor;
    later(() => Object.defineProperty(globalThis, '__LAKE_DATASETS__', given));
    const { code, said } = await build([join(folder(), 'image')], () => {
      const { parseDataset } = require('../../../lib/dataset') as typeof import('../../../lib/dataset');
      const get = (): unknown => parseDataset({ name: 'Not a name' } as never);
      Object.defineProperty(globalThis, '__LAKE_DATASETS__', { configurable: true, get });
    });
    expect([code, said]).toEqual([2, expect.stringMatching(/^\d+ mistakes in the dataset configuration:\n/)]);
    expect(said).not.toMatch(/^ +at /m);
    expect(said.endsWith('\n')).toBe(true);
  });

  test('writes the two programs, and the licences of their packages', async () => {
    const target = join(folder(), 'deep', 'image');
    expect(await build([target])).toEqual({ code: 0, said: '' });
    expect(readdirSync(target).sort()).toEqual(['gateway.js', 'gateway.js.LEGAL.txt', 'health.js']);
  });
});
