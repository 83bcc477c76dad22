import { availableParallelism } from 'node:os';
import { readCompactor, readSettings } from '../../lambda/compaction/runtime/settings';
import { BUCKETS } from './support/settings';

const MIB = 1024 * 1024;

test('sizes are given in MiB, and times in seconds', () => {
  const sizes = { COMPACTION_LOCAL_MIB: '100', COMPACTION_MAX_OBJECT_MIB: '200', COMPACTION_SPILL_MIB: '300' };
  const rest = { COMPACTION_STALL_SECONDS: '7', COMPACTION_THREADS: '2', COMPACTION_MEMORY_MIB: '1000' };
  expect(readCompactor({ ...sizes, ...rest })).toEqual({
    memoryMiB: 400,
    spillMiB: 300,
    threads: 2,
    maxLocalBytes: 100 * MIB,
    maxObjectBytes: 200 * MIB,
    stallMillis: 7_000,
  });
});

test('defaults are those of the smallest stage', () => {
  expect(readCompactor({})).toEqual({
    memoryMiB: 1203,
    spillMiB: 4096,
    threads: expect.any(Number),
    maxLocalBytes: 2560 * MIB,
    maxObjectBytes: 3072 * MIB,
    stallMillis: 30_000,
  });
  expect(readSettings(BUCKETS).taskMillis).toBe(14_400_000);
});

test("the engine has 40% of the function's memory, or of what it is told", () => {
  const memory = (environment: Readonly<Record<string, string>>) => readCompactor(environment).memoryMiB;
  expect(memory({ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '10000' })).toBe(4_000);
  expect(memory({ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '10000', COMPACTION_MEMORY_MIB: '999' })).toBe(399);
});

test.each(Object.keys(BUCKETS))('%s must be given, and not be empty', (name) => {
  const message = `Environment variable ${name} must be set`;
  expect(() => readSettings({ ...BUCKETS, [name]: undefined })).toThrow(message);
  expect(() => readSettings({ ...BUCKETS, [name]: '' })).toThrow(message);
});

test.each(['0', '-1', '1.5', 'many', '1e999'])('a size of %s is refused by the name of its variable', (text) => {
  expect(() => readCompactor({ COMPACTION_LOCAL_MIB: text })).toThrow(
    new Error(`Environment variable COMPACTION_LOCAL_MIB must be a positive whole number, but is "${text}"`),
  );
});

test('an empty size is the default', () => {
  expect(readCompactor({ COMPACTION_LOCAL_MIB: '' }).maxLocalBytes).toBe(2560 * MIB);
});

test('there is a database of snapshots where one is named', () => {
  expect(readSettings({ ...BUCKETS, ICEBERG_DATABASE: 'lake' }).icebergDatabase).toBe('lake');
  expect(readSettings({ ...BUCKETS, ICEBERG_DATABASE: '' })).not.toHaveProperty('icebergDatabase');
  expect(readSettings(BUCKETS)).not.toHaveProperty('icebergDatabase');
});

test('metrics are written in Lambda, or where the log is asked for', () => {
  const isWritten = (environment: Readonly<Record<string, string>>) =>
    readSettings({ ...BUCKETS, ...environment }).telemetry.enabled;
  expect(isWritten({})).toBe(false);
  expect(isWritten({ AWS_LAMBDA_FUNCTION_NAME: 'compactor' })).toBe(true);
  expect(isWritten({ LAKE_LOG: '1' })).toBe(true);
});

test('the endpoint of S3 goes before the one of all services, unless both are to be ignored', () => {
  const given = { AWS_ENDPOINT_URL: 'http://all', AWS_ENDPOINT_URL_S3: 'http://s3' };
  const endpoint = (environment: Readonly<Record<string, string>>) =>
    readSettings({ ...BUCKETS, ...environment }).s3.endpoint;
  expect(endpoint(given)).toBe('http://s3');
  expect(endpoint({ ...given, AWS_ENDPOINT_URL_S3: '' })).toBe('http://all');
  expect(endpoint({ ...given, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' })).toBeUndefined();
  expect(endpoint({})).toBeUndefined();
});

test.each([
  ['COMPACTION_MEMORY_MIB', readCompactor],
  ['AWS_LAMBDA_FUNCTION_MEMORY_SIZE', readCompactor],
  ['COMPACTION_SPILL_MIB', readCompactor],
  ['COMPACTION_THREADS', readCompactor],
  ['COMPACTION_LOCAL_MIB', readCompactor],
  ['COMPACTION_MAX_OBJECT_MIB', readCompactor],
  ['COMPACTION_STALL_SECONDS', readCompactor],
  ['COMPACTION_TASK_SECONDS', (environment: object) => readSettings({ ...BUCKETS, ...environment })],
])('%s is a number', (name, read) => {
  expect(() => read({ [name]: 'many' })).toThrow(name);
});

test('each bucket is that of its variable', () => {
  const given = { RAW_BUCKET: 'r', CURATED_BUCKET: 'c', QUARANTINE_BUCKET: 'q' };
  expect(readSettings(given).buckets).toEqual({ raw: 'r', curated: 'c', quarantine: 'q' });
});

test('a task has so many seconds, and metrics their namespace', () => {
  expect(readSettings({ ...BUCKETS, COMPACTION_TASK_SECONDS: '7' }).taskMillis).toBe(7_000);
  expect(readSettings(BUCKETS).telemetry.namespace).toBe('DataLake/Compaction');
  expect(readSettings({ ...BUCKETS, METRICS_NAMESPACE: 'Mine' }).telemetry.namespace).toBe('Mine');
});

test('there are as many threads as processors, and four at most', () => {
  expect(readCompactor({}).threads).toBe(Math.min(4, availableParallelism()));
  expect(readCompactor({ COMPACTION_THREADS: '9' }).threads).toBe(9);
});
