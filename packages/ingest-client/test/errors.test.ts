import * as errors from '../src/errors';

test('every error says by its name what it is, and is an IngestError', () => {
  const all = [
    new errors.IngestError('why'),
    new errors.IngestOptionsError('why'),
    new errors.InvalidEventError('why'),
    new errors.ClientClosedError('why'),
    new errors.EventRejectedError('a', 'invalid', undefined, 'why'),
    new errors.EventConflictError('a', 'why'),
    new errors.RequestRefusedError(400, 'made-up', 'why'),
    new errors.DeliveryError('why', 1),
  ];
  expect(all.map(({ name }) => name)).toEqual(all.map((error) => error.constructor.name));
  expect(all.map(({ name }) => name).sort()).toEqual(Object.keys(errors).sort());
  for (const error of all) expect(error).toBeInstanceOf(errors.IngestError);
  expect(all.map(({ message }) => message)).toEqual([
    ...Array(6).fill('why'),
    'the gateway answers 400 (made-up): why',
    'why',
  ]);
});
