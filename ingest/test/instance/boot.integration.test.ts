/** The user data and the scripts that it writes, run for real with stand-ins for the programs of an instance. */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import type { TestStage } from '../../../test/support/cdk';
import { readSettings } from '../../gateway/settings';
import { CLOSED_INGEST_STAGE, INGEST, INGEST_STAGE, OPEN_INGEST_STAGE } from '../support/definitions';
import { environmentFile, INSTANCE_ID, Sandbox, userDataOf } from '../support/ingest-instance';

const METADATA = 'http://169.254.169.254/latest';
const TOKEN = `curl -sSf -m 2 -X PUT -H X-aws-ec2-metadata-token-ttl-seconds: 60 ${METADATA}/api/token`;
const meta = (path: string): readonly string[] => [
  TOKEN,
  `curl -sSf -m 2 -H X-aws-ec2-metadata-token: TOKEN ${METADATA}/meta-data/${path}`,
];
const READY = 'curl -sSfk -m 2 -o /dev/null https://127.0.0.1:5001/readyz';
const REGISTRY = '111122223333.dkr.ecr.eu-central-1.amazonaws.com';
const IMAGE = `${REGISTRY}/${INGEST.image?.repository}@${INGEST.image?.digest}`;
const hook = (name: string, result: string): string =>
  `aws autoscaling complete-lifecycle-action --auto-scaling-group-name lake-test-ingest --lifecycle-hook-name ${name} ` +
  `--lifecycle-action-result ${result} --instance-id ${INSTANCE_ID}`;
const signal = (status: string): string =>
  'aws cloudformation signal-resource --stack-name lake-test-ingest --logical-resource-id IngestGroup ' +
  `--unique-id ${INSTANCE_ID} --status ${status}`;

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

describe('the first boot', () => {
  test('installs, pulls, starts, waits until the gateway answers, and only then says so to the group and the stack', () => {
    const { code, calls } = sandbox.boot(userDataOf({ stage: INGEST_STAGE }));

    expect(calls).toEqual([
      'dnf install -y --setopt=install_weak_deps=False docker amazon-ecr-credential-helper openssl',
      'systemctl enable --now docker.service',
      `docker pull --quiet ${IMAGE}`,
      'systemctl daemon-reload',
      'systemctl enable --now lake-ingest.service lake-ingest-drain.service',
      ...[READY, 'sleep 2', READY, 'sleep 4', READY],
      ...meta('instance-id'),
      hook('gateway-ready', 'CONTINUE'),
      ...meta('instance-id'),
      signal('SUCCESS'),
    ]);
    expect(code).toBe(0);
  });

  test('logs in to the registry by the role of the instance: no password is written anywhere', () => {
    sandbox.boot(userDataOf({ stage: INGEST_STAGE }));

    expect(JSON.parse(sandbox.read('root/.docker/config.json'))).toEqual({ credHelpers: { [REGISTRY]: 'ecr-login' } });
  });

  test('installs the units, whose programs are where they say', () => {
    sandbox.boot(userDataOf({ stage: INGEST_STAGE }));

    for (const unit of ['lake-ingest.service', 'lake-ingest-drain.service']) {
      const programs = [...sandbox.read(`etc/systemd/system/${unit}`).matchAll(/=(\/opt\/[\w./-]+)/g)];
      expect(programs.length).toBeGreaterThan(0);
      for (const [, program = ''] of programs) expect(statSync(sandbox.path(program)).mode & 0o777).toBe(0o755);
    }
  });

  test('that fails gives the instance up, and leaves the reason in the log group', () => {
    const { code, calls } = sandbox.boot(userDataOf({ stage: INGEST_STAGE }), { READY_CODE: '7' });

    expect(code).toBe(1);
    expect(calls.filter((call) => call === READY)).toHaveLength(12);
    expect(calls).toContainEqual(
      expect.stringMatching(
        `^aws logs create-log-stream --log-group-name logs\\w+ --log-stream-name boot/${INSTANCE_ID}$`,
      ),
    );
    expect(calls.some((call) => call.startsWith('aws logs put-log-events'))).toBe(true);
    expect(calls).toContain(signal('FAILURE'));
    expect(calls.at(-1)).toBe(hook('gateway-ready', 'ABANDON'));
    expect(calls.join('\n')).not.toContain('CONTINUE');
    expect(sandbox.read('var/log/lake-ingest-boot.log')).toContain('gave up after 12 attempts');
  });

  test('does not fail where no launch hook waits', () => {
    const { code, calls } = sandbox.boot(userDataOf({ stage: INGEST_STAGE }), {
      AWS_FAILS: 'complete-lifecycle-action',
    });

    expect(code).toBe(0);
    expect(calls.at(-1)).toBe(signal('SUCCESS'));
  });
});

describe('each start of the gateway', () => {
  test('makes a certificate, fetches the password of the store, and keeps both from everybody else', () => {
    sandbox.boot(userDataOf({ stage: INGEST_STAGE }));
    const { code, calls } = sandbox.script('prepare.sh');

    expect(code).toBe(0);
    expect(calls).toEqual([
      'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -sha256 -days 30 -subj /CN=lake-ingest ' +
        '-keyout /run/lake-ingest/tls.key -out /run/lake-ingest/tls.crt',
      expect.stringMatching(/^aws secretsmanager get-secret-value --secret-id \S+ --query SecretString --output text$/),
      'chown -R 1001:1001 /run/lake-ingest',
      'docker rm --force lake-ingest',
    ]);
    expect(sandbox.read('run/lake-ingest/store-password')).toBe('secret of the store'); // no newline
    expect(statSync(sandbox.path('run/lake-ingest')).mode & 0o777).toBe(0o500);
    for (const file of ['tls.key', 'store-password']) {
      expect(statSync(sandbox.path(`run/lake-ingest/${file}`)).mode & 0o077).toBe(0);
    }
  });

  test('reads no password where no store is configured', () => {
    sandbox.boot(userDataOf({ stage: OPEN_INGEST_STAGE }));

    expect(sandbox.script('prepare.sh').calls.join('\n')).not.toContain('secretsmanager');
    expect(sandbox.exists('run/lake-ingest/store-password')).toBe(false);
  });

  test('runs the image by its digest, as an ordinary user that can write nothing and become nobody else', () => {
    sandbox.boot(userDataOf({ stage: INGEST_STAGE }));
    const [run = '', ...others] = sandbox.script('run.sh').calls.slice(meta('instance-id').length);

    expect(others).toEqual([]);
    for (const option of [
      ...['--user 1001:1001', '--read-only', '--cap-drop ALL', '--security-opt no-new-privileges:true'],
      ...['--network host', '--memory 640m', '--memory-swap 640m', '--pids-limit 128', '--stop-timeout 60'],
      ...['--env-file /etc/lake-ingest/gateway.env', `--env INGEST_NODE_ID=${INSTANCE_ID}`],
      'type=bind,source=/run/lake-ingest,target=/run/lake-ingest,readonly',
    ]) {
      expect(run).toContain(` ${option} `);
    }
    expect(run).toMatch(/ --log-opt awslogs-group=logs\w+ --log-opt awslogs-stream=gateway\/i-\w+ /);
    expect(run).not.toMatch(/--privileged|docker\.sock/);
    expect(run.endsWith(` ${IMAGE}`)).toBe(true);
  });
});

describe('the end of an instance', () => {
  test('waits for the group, then for the load balancer, stops the gateway, and lets the group go on', () => {
    sandbox.boot(userDataOf({ stage: INGEST_STAGE }));
    const { code, calls } = sandbox.script('drain.sh');

    const look = meta('autoscaling/target-lifecycle-state');
    expect(calls).toEqual([
      ...look,
      'sleep 5',
      ...look,
      'sleep 5',
      ...look,
      'sleep 30',
      'systemctl stop lake-ingest.service',
      'systemctl show --property Result --value lake-ingest.service',
      ...meta('instance-id'),
      hook('gateway-drained', 'CONTINUE'),
    ]);
    expect(code).toBe(0);
  });

  test.each(['timeout', 'signal', 'oom-kill', 'exit-code'])(
    'keeps an instance whose gateway ended with %s: it may hold what it has not stored',
    (UNIT_RESULT) => {
      sandbox.boot(userDataOf({ stage: INGEST_STAGE }));

      expect(sandbox.script('drain.sh', { UNIT_RESULT }).calls.at(-1)).toBe(hook('gateway-drained', 'ABANDON'));
    },
  );

  test('keeps an instance whose gateway could not be stopped', () => {
    sandbox.boot(userDataOf({ stage: INGEST_STAGE }));

    expect(sandbox.script('drain.sh', { STOP_CODE: '1' }).calls.at(-1)).toBe(hook('gateway-drained', 'ABANDON'));
  });
});

describe('the environment of the gateway', () => {
  const settingsOf = (stage: NonNullable<TestStage['stage']>) => {
    sandbox.boot(userDataOf({ stage }));
    return readSettings(environmentFile(sandbox.read('etc/lake-ingest/gateway.env')));
  };

  test('is one that the gateway accepts, and says what the stage says', () => {
    const settings = settingsOf(INGEST_STAGE);

    expect(settings.server).toMatchObject({
      host: '0.0.0.0',
      port: 5001,
      tls: { certFile: '/run/lake-ingest/tls.crt', keyFile: '/run/lake-ingest/tls.key' },
      drainSeconds: 45,
    });
    expect(settings.auth).toMatchObject({
      issuer: INGEST.token.issuer,
      audience: INGEST.token.audience,
      jwks: 'https://login.example.com/.well-known/jwks.json',
    });
    expect(settings.rawBucket).not.toBe('');
    expect(settings.commit.latencyClass).toBe('balanced');
    expect(settings.rate).toMatchObject({
      perSecond: 5_000,
      burst: 20_000,
      nodes: 10,
      redisUrl: expect.stringMatching(/^rediss:\/\/[\w.-]+:6390$/),
      redisUsername: 'ingest-gateway',
      redisPasswordFile: '/run/lake-ingest/store-password',
      redisPassword: undefined,
    });
    expect(settings.telemetry.namespace).toBe('DataLake/Ingest/lake-test');
  });

  test('every setting of the stage reaches it', () => {
    const { rate, commit, auth } = settingsOf({
      ingest: {
        ...INGEST,
        token: { ...INGEST.token, partitionsClaim: 'https://example.com/lake#partitions' },
        latencyClass: 'cheap',
        maxInstances: 7,
        rateLimit: { eventsPerSecond: 77, burst: 77_777, store: 'memory' },
      },
    });

    expect(commit.latencyClass).toBe('cheap');
    expect(auth.partitionsClaim).toBe('https://example.com/lake#partitions');
    expect(rate).toMatchObject({ nodes: 7, perSecond: 77, burst: 77_777, redisUrl: undefined });
  });

  test('keys of the issuer come as a file where nothing outside can be reached', () => {
    const { auth } = settingsOf(CLOSED_INGEST_STAGE);

    expect(auth.jwks).toBe('/etc/lake-ingest/jwks.json');
    expect(JSON.parse(sandbox.read('etc/lake-ingest/keys/jwks.json'))).toEqual(
      CLOSED_INGEST_STAGE.ingest?.token.keySet,
    );
  });

  test('holds no secret', () => {
    const userData = userDataOf({ stage: INGEST_STAGE });
    expect(userData).not.toMatch(/resolve:secretsmanager|INGEST_REDIS_PASSWORD=/);
  });
});

describe('the text itself', () => {
  test('is correct bash, in every script', () => {
    sandbox.boot(userDataOf({ stage: INGEST_STAGE }));
    for (const name of ['common.sh', 'boot.sh', 'prepare.sh', 'run.sh', 'drain.sh']) {
      expect(spawnSync('bash', ['-n', sandbox.path(`opt/lake-ingest/${name}`)]).status).toBe(0);
    }
  });

  test('fits into the 16 KiB that EC2 takes, with the longest settings', () => {
    const keySet = { keys: [{ kty: 'RSA', n: 'n'.repeat(3_900) }] };
    const longest = 'https://'.padEnd(500, 'i');
    const userData = userDataOf({
      stage: {
        prefix: 'p'.repeat(16),
        ingest: { ...INGEST, token: { ...INGEST.token, issuer: longest, audience: longest, keySet } },
      },
    });
    expect(Buffer.byteLength(userData)).toBeLessThan(16_384 - 500); // names that CloudFormation chooses are longer
  });

  test('the times of a drain fit into each other', () => {
    const { commit, server } = ((): ReturnType<typeof readSettings> => {
      sandbox.boot(userDataOf({ stage: INGEST_STAGE }));
      return readSettings(environmentFile(sandbox.read('etc/lake-ingest/gateway.env')));
    })();
    const instance = environmentFile(sandbox.read('etc/lake-ingest/instance.env').replaceAll("'", ''));
    const stop = Number(instance.STOP_SECONDS);
    const [, unit] = /TimeoutStopSec=(\d+)/.exec(sandbox.read('etc/systemd/system/lake-ingest.service')) ?? [];
    expect(commit.putSeconds).toBeLessThan(server.drainSeconds);
    expect(server.drainSeconds).toBeLessThan(stop);
    expect(stop).toBeLessThan(Number(unit));
    expect(Number(instance.POLL_SECONDS) + Number(instance.DEREGISTRATION_SECONDS) + Number(unit)).toBeLessThan(120);
  });
});
