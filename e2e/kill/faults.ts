import type { SeenRequest, Spoil } from '../../test/compaction/store/fault-proxy';
import { Dice } from '../../test/support/dice';

/** What S3 and the way to it do wrong, with the share of requests that it happens to. */
const FAULTS: readonly (Spoil & { readonly name: string; readonly share: number; readonly conditional?: true })[] = [
  { name: '503 instead of an answer', kind: 'refuse', share: 0.02 },
  { name: '500 after it took effect', kind: 'lose', status: 500, code: 'InternalError', share: 0.01 },
  { name: '403', kind: 'refuse', status: 403, code: 'AccessDenied', share: 0.004 },
  { name: 'connection cut before', kind: 'cut', share: 0.01 },
  { name: 'connection cut after', kind: 'cut-answer', share: 0.02 },
  { name: 'connection cut within the body', kind: 'cut-body', share: 0.01 },
  {
    name: '409',
    kind: 'refuse',
    status: 409,
    code: 'ConditionalRequestConflict',
    share: 0.06,
    conditional: true,
  },
  {
    name: '412 after it took effect',
    kind: 'lose',
    status: 412,
    code: 'PreconditionFailed',
    share: 0.06,
    conditional: true,
  },
];

/** How often each came about, by its name. */
export type FaultCounts = Map<string, number>;

export const noFaults = (): FaultCounts => new Map(FAULTS.map(({ name }) => [name, 0]));

/** Draws what becomes of each request. */
export function randomFaults(seed: number, counts: FaultCounts): (request: SeenRequest) => Spoil | undefined {
  const dice = new Dice(seed);
  return ({ method, headers }) => {
    const isConditional = method === 'PUT' && (headers['if-match'] ?? headers['if-none-match']) !== undefined;
    const fault = FAULTS.find(
      ({ share, conditional }) => (conditional !== true || isConditional) && dice.chance(share),
    );
    if (fault !== undefined) counts.set(fault.name, (counts.get(fault.name) ?? 0) + 1);
    return fault;
  };
}
