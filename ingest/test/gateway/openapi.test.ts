import { Validator } from '@seriousme/openapi-schema-validator';
import { parseDataset } from '../../../lib/dataset';
import { openApiDocument } from '../../gateway/openapi';
import { readSettings } from '../../gateway/settings';

const { limits } = readSettings({
  RAW_BUCKET: 'raw',
  INGEST_JWKS: '/keys.json',
  INGEST_JWT_ISSUER: 'me',
  INGEST_JWT_AUDIENCE: 'you',
  INGEST_MAX_EVENTS: '7',
  INGEST_MAX_BODY_BYTES: '2000',
});
const dataset = (name: string, leading: readonly object[] = []) =>
  parseDataset({
    name,
    description: `What ${name} are.`,
    input: { formats: ['ndjson'] },
    columns: [{ name: 'at', type: 'timestamp', notNull: true, comment: 'When.' }],
    eventTime: 'at',
    partition: { scheme: 'day', from: '2024-01-01', to: '2033-12-31', leading } as never,
  });
const plain = dataset('visits');
const divided = dataset('orders', [
  { name: 'sub_tenant', kind: 'enum', values: ['acme', 'globex'] },
  { name: 'site', kind: 'injected' },
]);

test('the document is valid, and says exactly this', async () => {
  const document = openApiDocument([plain, divided], limits);
  expect(await new Validator().validate({ ...structuredClone(document) })).toMatchObject({ valid: true });
  expect(document).toMatchSnapshot();
});

test('without datasets it is valid, too', async () => {
  const document = openApiDocument([], limits);
  expect(document.paths).toEqual({});
  expect(await new Validator().validate({ ...structuredClone(document) })).toMatchObject({ valid: true });
});
