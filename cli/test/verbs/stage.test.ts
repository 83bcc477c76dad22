/** Verbs of a deployed stage: its buckets are those of an S3 server here, and all else of AWS an HTTP server. */
import { datasets } from '../../../test/fixtures/datasets';
import { openAlarms } from '../../verbs/alarms';
import { refuseParts, runToEnd } from '../../verbs/compact/run';
import { run as compact } from '../../verbs/compact/verb';
import { parseSelection } from '../../verbs/selection';
import { run as status } from '../../verbs/status/verb';
import { wasPut } from '../../verbs/versions';
import { type Answer, jsonFailure } from '../preflight/aws-stand-in';
import { captured } from '../support/run';
import { ask, BUCKETS, inStage, MACHINE, withStage } from './stage-support';
import { DAY } from './support';

const EXECUTION = 'arn:aws:states:eu-central-1:111122223333:execution:lake-dev-compaction:run-1';

/** What was asked of a service, with its answer: each call takes the next one, and the last one again and again. */
function inTurn(...answers: readonly object[]): Answer & { readonly sent: Readonly<Record<string, unknown>>[] } {
  const sent: Readonly<Record<string, unknown>>[] = [];
  return {
    sent,
    body: (text: string) => answers[Math.min(sent.push(JSON.parse(text)), answers.length) - 1],
  };
}

const ALARM = {
  AlarmName: 'lake-dev-compaction-dead-letters',
  StateReason: 'Threshold Crossed: 1 message',
  StateUpdatedTimestamp: 1_781_604_000,
  AlarmDescription: 'A task failed. Runbook: docs/operations.md#dead-letters',
};

describe('alarms', () => {
  test('those that ring are told on every page, metric or composite, by name, with their section of the runbook', async () => {
    const alarms = inTurn(
      { MetricAlarms: [ALARM], CompositeAlarms: [], NextToken: 'more' },
      { MetricAlarms: [], CompositeAlarms: [{ AlarmName: 'lake-dev-compaction-datasets' }] },
    );
    await withStage({ DescribeAlarms: alarms }, async () => {
      const found = await inStage(({ aws }) => openAlarms(aws as NonNullable<typeof aws>));
      expect(found).toEqual([
        { name: 'lake-dev-compaction-datasets', since: undefined, reason: '', runbook: undefined },
        {
          name: 'lake-dev-compaction-dead-letters',
          since: '2026-06-16T10:00:00.000Z',
          reason: 'Threshold Crossed: 1 message',
          runbook: 'docs/operations.md#dead-letters',
        },
      ]);
      // Of this stage alone: names of others begin otherwise, and alarms that are quiet are none.
      const asked = {
        AlarmNamePrefix: 'lake-dev-',
        StateValue: 'ALARM',
        AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
      };
      expect(alarms.sent).toEqual([asked, { ...asked, NextToken: 'more' }]);
    });
  });

  test('status tells them to people and to programs, and that none rings', async () => {
    await withStage({ DescribeAlarms: inTurn({ MetricAlarms: [ALARM] }) }, async () => {
      const { code, output } = await ask(status);
      expect(code).toBe(0);
      expect(output).toMatch(
        /\nlake-dev-compaction-dead-letters rings since 2026-06-16T10:00:00\.000Z: Threshold Crossed: 1 message\n {2}docs\/operations\.md#dead-letters\n$/,
      );
      expect(JSON.parse((await ask(status, '--json')).output)).toMatchObject({
        lake: { stage: 'dev' },
        alarms: [{ name: ALARM.AlarmName, runbook: 'docs/operations.md#dead-letters' }],
      });
    });
    await withStage({}, async () => expect((await ask(status)).output).toMatch(/\nNo alarm rings\.\n$/));
  });
});

describe('a run', () => {
  test('is of the state machine: all datasets or those that are named, followed to its end', async () => {
    const started = inTurn({ executionArn: EXECUTION, startDate: 1 });
    const followed = inTurn(
      { status: 'RUNNING' },
      { status: 'RUNNING' },
      { status: 'SUCCEEDED', output: '{"tasks":3}' },
    );
    await withStage({ StartExecution: started, DescribeExecution: followed }, () =>
      inStage(async (lake) => {
        const slept: number[] = [];
        const patient = { ...lake, sleep: async (millis: number) => void slept.push(millis) };
        const found = await captured(async () => {
          const run = await runToEnd(patient, 'maintain', parseSelection({}, datasets), () => {});
          expect(run).toMatchObject({ execution: EXECUTION, status: 'SUCCEEDED', tasks: 3, failures: [] });
          await runToEnd(patient, 'compact', parseSelection({ dataset: ['orders'] }, datasets), () => {});
          return 0;
        });
        expect(found.errors).toContain(`Run ${EXECUTION}\nIt goes on when this command is interrupted.\n`);
        expect(slept).toEqual([2_000, 2_000]);
        expect(started.sent.map(({ stateMachineArn, input }) => [stateMachineArn, JSON.parse(String(input))])).toEqual([
          [MACHINE, { mode: 'maintain' }],
          [MACHINE, { mode: 'compact', datasets: ['orders'] }],
        ]);
        expect(followed.sent).toEqual(Array(4).fill({ executionArn: EXECUTION }));
      }),
    );
  });

  test.each([
    ['FAILED', { error: 'PlanningFailed', cause: 'the bucket is gone' }, 'PlanningFailed: the bucket is gone'],
    ['TIMED_OUT', {}, 'Step Functions tells no reason: look at its history'],
    ['ABORTED', { cause: 'by hand' }, 'by hand'],
  ])('that ends as %s is told, and ends with 1', async (ended, more, error) => {
    const answers = {
      StartExecution: inTurn({ executionArn: EXECUTION, startDate: 1 }),
      DescribeExecution: inTurn({ status: ended, ...more }),
    };
    await withStage(answers, async () => {
      const { code, output } = await ask(compact, '--yes');
      expect(code).toBe(1);
      expect(output).toContain(`\n${ended}\n  ${EXECUTION}: ${error}\n1 partition still to do: see plan\n`);
      const run = { execution: EXECUTION, status: ended, failures: [{ what: EXECUTION, error }], rows: null };
      expect(JSON.parse((await ask(compact, '--yes', '--json')).output)).toMatchObject({ run });
    });
  });

  test('is started with --yes alone, and only where there is something to do', async () => {
    const started = inTurn({ executionArn: EXECUTION, startDate: 1 });
    await withStage({ StartExecution: started }, async () => {
      expect(await ask(compact)).toMatchObject({
        code: 3,
        output: expect.stringMatching(/Nothing was changed: --yes starts a run\.\n$/),
      });
    });
    await withStage({ StartExecution: started }, async () => expect((await ask(compact, '--yes')).code).toBe(0), {});
    expect(started.sent).toEqual([]);
  });

  test('takes whole datasets', async () => {
    await withStage({}, async () => {
      const part = ['--dataset', 'access_logs', '--partition', DAY, '--yes'];
      await expect(ask(compact, ...part)).rejects.toThrow('a run of a stage takes whole datasets');
      await inStage(async (lake) => {
        expect(() => refuseParts(lake, parseSelection({ dataset: ['orders'] }, datasets))).not.toThrow();
      });
    });
  });
});

test('whether a key was ever put is told by its own versions alone, also after it was deleted', async () => {
  await withStage({}, () =>
    inStage(async (lake) => {
      const { store, buckets } = lake;
      await store.put(buckets.raw, 'raw/a.json.gz', Buffer.from('x'));
      expect(await wasPut(lake, buckets.raw, 'raw/a.json')).toBe(false);
      const found = await store.get(buckets.raw, 'raw/a.json.gz');
      await store.deleteMatching(buckets.raw, [found as NonNullable<typeof found>]);
      expect(await wasPut(lake, buckets.raw, 'raw/a.json.gz')).toBe(true);
      expect(await wasPut(lake, buckets.curated, 'raw/a.json.gz')).toBe(false);
    }),
  );
});

test('a verb that only reads cannot write, whatever it asks for', async () => {
  await withStage({ StartExecution: inTurn({ executionArn: EXECUTION, startDate: 1 }) }, async () => {
    const selection = parseSelection({}, datasets);
    await inStage(async (lake) => {
      await expect(lake.store.put(BUCKETS.raw, 'raw/x', Buffer.from('x'))).rejects.toThrow(
        'This command only reads, but got S3 PutObject.',
      );
      await expect(runToEnd(lake, 'compact', selection, () => {})).rejects.toThrow(
        'This command only reads, but got SFN StartExecution.',
      );
    }, 'read');
    await inStage((lake) => lake.store.put(BUCKETS.raw, 'raw/x', Buffer.from('x')));
  });
});

describe('a stage that cannot be asked', () => {
  const noStack: Answer = {
    status: 400,
    body: '<E><Error><Code>ValidationError</Code><Message>Stack with id x does not exist</Message></Error></E>',
  };

  test.each<[string, Answer, string]>([
    ['no stack', noStack, 'there is no stack lake-dev-storage in eu-central-1'],
    [
      'no output',
      { body: '<R><DescribeStacksResult><Stacks><member/></Stacks></DescribeStacksResult></R>' },
      'the stack lake-dev-storage in eu-central-1 has no output RawBucketName',
    ],
  ])('%s', async (_, answer, expected) => {
    await withStage({ DescribeStacks: answer }, async () => {
      await expect(ask(status)).rejects.toThrow(expected);
      await expect(ask(status)).rejects.toThrow(
        "deploy it (npx cdk deploy 'dev/*'), or use the account and region that it is in",
      );
    });
  });

  test('rights that are missing, and credentials that are no good, are exit code 2 with what to do', async () => {
    await withStage({ DescribeAlarms: jsonFailure('AccessDeniedException', 403) }, async () => {
      expect(await ask(status)).toEqual({
        code: 2,
        output: '',
        errors: 'needs cloudwatch:DescribeAlarms\n  → Use credentials that may: docs/commands.md#rights\n',
      });
    });
    await withStage({ DescribeAlarms: jsonFailure('ExpiredTokenException', 403) }, async () => {
      expect(await ask(status)).toMatchObject({
        code: 2,
        errors: expect.stringMatching(/^the AWS credentials have expired\n {2}→ Sign in again, /),
      });
    });
  });
});
