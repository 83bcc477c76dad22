import { KeySource, KeysUnavailableError, URL_TIMES } from '../../gateway/auth/keys';
import { later } from './support/rig';
import { createIssuer } from './support/tokens';

/** Keys from a text, or an error, that the test exchanges, by a clock that the test sets. */
function source(times: Partial<typeof URL_TIMES> = {}) {
  const world = { now: 1_000, answer: '' as string | Error, loads: 0, told: [] as string[] };
  const origin = {
    load: async () => {
      world.loads += 1;
      if (world.answer instanceof Error) throw world.answer;
      return world.answer;
    },
  };
  const keys = new KeySource(origin, {
    algorithms: ['ES256', 'RS256'],
    times: { ...URL_TIMES, ...times },
    now: () => world.now,
    observer: {
      failing: (reason, count) => world.told.push(`failing with ${count}: ${reason}`),
      loaded: (count) => world.told.push(`loaded ${count}`),
      attempted: (ok) => world.told.push(ok ? 'ok' : 'failed'),
    },
  });
  later(() => keys.close());
  return { keys, world };
}

test('failures are told when they begin and when their reason changes, keys when they come back', async () => {
  const { jwks } = await createIssuer();
  const { keys, world } = source();
  const told = async (answer: string | Error): Promise<readonly string[]> => {
    world.told.length = 0;
    world.answer = answer;
    world.now += 60_000;
    await keys.find({ alg: 'ES256', kid: 'unknown' }).catch(() => {});
    return world.told;
  };
  expect(await told(new Error('down'))).toEqual(['failing with 0: down', 'failed']);
  expect(await told(new Error('down'))).toEqual(['failed']);
  expect(await told(new Error('slow'))).toEqual(['failing with 0: slow', 'failed']);
  expect(await told(jwks)).toEqual(['loaded 1', 'ok']);
  expect(await told(jwks)).toEqual(['ok']);
  expect(await told(new Error('slow'))).toEqual(['failing with 1: slow', 'failed']);
  expect(await told(jwks)).toEqual(['loaded 1', 'ok']);
});

test('the first load is told, and another one is not', async () => {
  const { jwks } = await createIssuer();
  const { keys, world } = source();
  world.answer = jwks;
  await keys.ready();
  world.now += 60_000;
  await keys.find({ alg: 'ES256', kid: 'unknown' });
  expect(world.told).toEqual(['loaded 1', 'ok', 'ok']);
});

test('keys that cannot be loaded are an error of that name, and an unknown key is one while loads fail', async () => {
  const { keys, world } = source();
  world.answer = new Error('down');
  await expect(keys.ready()).rejects.toThrow(new KeysUnavailableError('there are no keys: down'));
  await expect(keys.ready()).rejects.toMatchObject({ name: 'KeysUnavailableError' });
  expect(world.loads).toBe(1);
});

test('a key is found by its id and by an algorithm that it verifies; of one id at most four are tried', async () => {
  const issuers = await Promise.all([1, 2, 3, 4, 5].map(() => createIssuer('ES256', 'same')));
  const rsa = await createIssuer('RS256', 'same');
  const other = await createIssuer('RS256', 'other');
  const { keys, world } = source();
  world.answer = JSON.stringify({ keys: [...issuers, rsa, other].flatMap(({ jwks }) => JSON.parse(jwks).keys) });
  expect(await keys.find({ alg: 'ES256', kid: 'same' })).toHaveLength(4);
  expect(await keys.find({ alg: 'RS256', kid: 'same' })).toHaveLength(1);
  expect(await keys.find({ alg: 'RS256' })).toHaveLength(2);
  expect(await keys.find({ alg: 'ES256', kid: 'other' })).toEqual([]);
  expect(world.loads).toBe(1);
});

test('a key that is known is found without a load, even while loads fail and long after the last', async () => {
  const { jwks } = await createIssuer();
  const { keys, world } = source();
  world.answer = jwks;
  await keys.ready();
  world.answer = new Error('down');
  world.now += 60_000;
  await expect(keys.find({ alg: 'ES256', kid: 'unknown' })).rejects.toThrow('cannot be loaded: down');
  world.now += 3_600_000;
  expect(await keys.find({ alg: 'ES256', kid: 'key-1' })).toHaveLength(1);
  expect(world.loads).toBe(2);
});
