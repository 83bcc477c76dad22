import { startRig } from './support/rig';

let made = 0;
const order = (changes: object = {}) => ({
  order_id: `confined-${made++}`,
  ordered_at: new Date().toISOString(),
  status: 'paid',
  currency: 'EUR',
  total: '12.50',
  ...changes,
});
const settings = { INGEST_JWT_PARTITIONS_CLAIM: 'lake_partitions' };

test.each<[string, unknown, string, boolean]>([
  ['its tenant', 'tenant=acme', 'acme', true],
  ['one of its tenants, in an array', ['tenant=globex', 'tenant=acme'], 'acme', true],
  ['its tenant of this dataset', ['orders:tenant=acme'], 'acme', true],
  ['another tenant', 'tenant=acme', 'globex', false],
  ['a tenant of another dataset', 'access_logs:tenant=acme', 'acme', false],
  ['no tenant', '', 'acme', false],
  ['a wildcard', 'tenant=*', 'acme', false],
  ['another key', 'region=acme', 'acme', false],
  ['a part of the name', 'tenant=acm', 'acme', false],
  ['a claim of another form', { tenant: ['acme'] }, 'acme', false],
  ['a number', 7, 'acme', false],
  ['no claim at all', null, 'globex', true],
])('a token for %s (%j) and the tenant %s: %j, in the event and in the header', async (_, claim, tenant, ok) => {
  const rig = await startRig({ settings });
  const token = await rig.issuer.token({ lake_partitions: claim });
  const answers = [
    await rig.post([order({ tenant })], { dataset: 'orders', token }),
    await rig.post([order()], { dataset: 'orders', token, headers: { 'lake-partition-tenant': tenant } }),
  ];
  for (const { status, body } of answers) {
    expect([status, body.stored]).toEqual(ok ? [200, 1] : [422, 0]);
    if (!ok) expect(body.results[0]).toMatchObject({ status: 'rejected', code: 'not-allowed', field: 'tenant' });
  }
  expect(rig.events()).toHaveLength(ok ? 2 : 0);
});

test('without the setting no claim confines', async () => {
  const rig = await startRig();
  const token = await rig.issuer.token({ lake_partitions: 'tenant=acme' });
  expect((await rig.post([order({ tenant: 'globex' })], { dataset: 'orders', token })).status).toBe(200);
});
