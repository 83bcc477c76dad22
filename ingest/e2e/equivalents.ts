import type { Equivalent } from '../../e2e/stryker/report';

const file = 'packages/ingest-client/src/answer.ts';

export const CLIENT: readonly Equivalent[] = [
  {
    file,
    text: 'Array.isArray(range) ? [status, range[0], range[1]] : [status, undefined, undefined],',
    original: '[status, undefined, undefined]',
    replacement: '[]',
    why: 'A range without a first index is refused before its status is looked at.',
  },
  {
    file,
    text: "const value = headers.get('retry-after') ?? '';",
    original: "''",
    replacement: '"Stryker was here!"',
    why: 'Any text that is neither a number nor a date means no wait.',
  },
];
