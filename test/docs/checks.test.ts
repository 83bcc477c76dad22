/** The example of the page of checks, as it stands there. */
import { EngineSession } from '../../lambda/compaction/engine/session';
import { sqlProblems } from '../../lambda/compaction/engine/sql-checks';
import { testDataset } from '../compaction/support/test-dataset';
import checks from './order_checks';
import { page, read } from './pages';

const dataset = testDataset({
  columns: [
    { name: 'id', type: 'string', notNull: true },
    { name: 'at', type: 'timestamp', notNull: true },
    { name: 'order_id', type: 'string' },
    { name: 'line', type: 'int' },
    { name: 'status', type: 'string' },
    { name: 'amount', type: 'decimal(12,2)' },
    { name: 'visitor', type: 'struct<email:string>' },
    { name: 'ordered_at', type: 'timestamp' },
    { name: 'shipped_at', type: 'timestamp' },
  ],
  input: { formats: ['ndjson'] },
  checks,
});

test('the page shows the checks that are tested here', () => {
  const [, shown = ''] = /```ts\nchecks: (\[.*?\n\]),\n```/s.exec(page('docs/checks.md').text) ?? [];
  const [, tested = ''] = / = (\[.*?\n\]);/s.exec(read('test/docs/order_checks.ts')) ?? [];
  expect(shown).toBe(tested);
  expect(shown).not.toBe('');
});

test('they have the names that the page says, and the engine takes them', async () => {
  expect(dataset.checks?.map(({ name, onFail }) => [name, onFail])).toEqual([
    ['status_not_in', 'warn'],
    ['amount_range', 'quarantine'],
    ['visitor_email_matches', 'quarantine'],
    ['order_id_line_unique', 'warn'],
    ['ships_after_order', 'fail'],
  ]);
  const session = await EngineSession.open({ memoryMiB: 256, spillMiB: 16, threads: 1 });
  try {
    expect(await sqlProblems(session, dataset)).toEqual([]);
  } finally {
    await session.close();
  }
});
