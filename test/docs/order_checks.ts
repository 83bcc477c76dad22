import type { CheckDefinition } from '../../lib/dataset';

const checks: readonly CheckDefinition[] = [
  { column: 'status', notIn: ['unknown'] },
  { column: 'amount', min: 0, max: 1_000_000, onFail: 'quarantine' },
  { column: 'visitor.email', matches: '[^@]+@[^@]+', onFail: 'quarantine' },
  { unique: ['order_id', 'line'] },
  { name: 'ships_after_order', sql: 'shipped_at >= ordered_at', onFail: 'fail' },
];

export default checks;
