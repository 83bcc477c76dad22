/** Sessions with the permissions of a person alone, and the journal that keeps smoke tests apart. */
import { PreconditionFailedError } from '../../../lambda/compaction/store/object-store';
import { MissingPermission } from '../../preflight/aws/errors';
import { beat, JOURNAL, type Journal, refuseAtWork, writeJournal } from '../../smoke/journal';
import { actAs, removePeople } from '../../smoke/people';
import type { OperatedLake } from '../../verbs/lake';
import { BEGAN, standIn, type World } from './stand-in';

const POLICY = 'arn:aws:iam::111122223333:policy/lake/dev/lake-dev-analyst';
const none = (): never => {
  throw Object.assign(new Error('no such role'), { name: 'NoSuchEntityException' });
};

function office(more: World['answers'] = {}) {
  const context = standIn({
    outputs: { AnalystPolicyArn: POLICY },
    answers: {
      GetCallerIdentity: { Arn: 'arn:aws:sts::111122223333:assumed-role/admin/jo', Account: '111122223333' },
      ListAttachedRolePolicies: none,
      CreateRole: { Role: { Arn: 'arn:role' } },
      AttachRolePolicy: {},
      DetachRolePolicy: {},
      DeleteRole: {},
      AssumeRole: { Credentials: { AccessKeyId: 'id', SecretAccessKey: 'secret', SessionToken: 'token' } },
      ...more,
    },
  });
  const journal: Journal = { formatVersion: 1, id: 'own-id', places: [], since: '', alive: '' };
  return { ...context, reserved: { ...context.reserved, journal } };
}

test('an analyst has the deployed policy and no other, and nobody else can be this analyst', async () => {
  const context = office();
  const client = await actAs(context, 'analyst');
  const of = (name: string) => context.sent.filter(({ command }) => command === name).map(({ input }) => input);
  expect(of('AttachRolePolicy')).toEqual([{ RoleName: 'lake-dev-smoke-analyst', PolicyArn: POLICY }]);
  const [created] = of('CreateRole') as { AssumeRolePolicyDocument: string; Path: string }[];
  expect(created?.Path).toBe('/lake/dev/');
  expect(JSON.parse(created?.AssumeRolePolicyDocument ?? '')).toMatchObject({
    Statement: [
      {
        Principal: { AWS: 'arn:aws:iam::111122223333:root' },
        Condition: { StringEquals: { 'sts:ExternalId': 'own-id' } },
      },
    ],
  });
  expect(of('AssumeRole')).toMatchObject([{ ExternalId: 'own-id' }]);
  expect(await client.config.credentials()).toMatchObject({ accessKeyId: 'id', sessionToken: 'token' });
});

test('a role that cannot be assumed yet is waited for, and one that never can is an error', async () => {
  const denied = (): never => {
    throw new MissingPermission('sts:AssumeRole', {});
  };
  await expect(actAs(office({ AssumeRole: denied }), 'analyst')).rejects.toThrow(
    /no session of lake-dev-smoke-analyst/,
  );
});

test('what an interrupted one left is removed, with its policies first', async () => {
  const context = office({ ListAttachedRolePolicies: { AttachedPolicies: [{ PolicyArn: POLICY }] } });
  await removePeople(context);
  expect(context.sent.map(({ command }) => command)).toEqual([
    ...['ListAttachedRolePolicies', 'DetachRolePolicy', 'DeleteRole'],
    ...['ListAttachedRolePolicies', 'DetachRolePolicy', 'DeleteRole'],
  ]);
});

/** One bucket with the journal alone, and conditions as S3 has them. */
function journalStore() {
  const state: { text?: string; version: number; now: Date } = { version: 0, now: BEGAN };
  const lake = {
    buckets: { curated: 'curated-bucket' },
    now: () => state.now,
    store: {
      get: async () =>
        state.text === undefined ? undefined : { body: Buffer.from(state.text), etag: `${state.version}` },
      put: async (_: string, key: string, body: Buffer, condition: { ifAbsent?: boolean; ifMatch?: string }) => {
        expect(key).toBe(JOURNAL);
        const isRefused =
          condition.ifAbsent === true ? state.text !== undefined : condition.ifMatch !== `${state.version}`;
        if (isRefused) throw new PreconditionFailedError('PutObject', 'curated-bucket', JOURNAL);
        state.text = body.toString('utf8');
        state.version += 1;
      },
    },
  } as unknown as OperatedLake;
  const read = (): Journal => JSON.parse(state.text ?? '') as Journal;
  return { state, lake, read };
}

const minutes = (count: number): Date => new Date(BEGAN.getTime() + count * 60_000);

test('a smoke test at work keeps others from cleaning; one that was silent for five minutes does not', async () => {
  const { state, lake, read } = journalStore();
  const journal = await writeJournal(lake, []);
  await expect(writeJournal(lake, [])).rejects.toThrow(/has not ended/);
  expect(() => refuseAtWork(read(), minutes(4))).toThrow(/was at work/);
  state.now = minutes(4);
  await beat(lake, journal);
  expect(() => refuseAtWork(read(), minutes(8))).toThrow(/was at work/);
  expect(() => refuseAtWork(read(), minutes(10))).not.toThrow();
  // A journal that cannot be read is nobody's at work.
  expect(() => refuseAtWork({ ...read(), alive: 'now' }, minutes(8))).not.toThrow();
});

test('one that was cleaned away leaves the journal of the next alone', async () => {
  const { state, lake, read } = journalStore();
  const old = await writeJournal(lake, []);
  delete state.text;
  await beat(lake, old);
  expect(state.text).toBeUndefined();
  const next = await writeJournal(lake, []);
  state.now = minutes(1);
  await beat(lake, old);
  expect(read()).toEqual(next);
});
