import { asJson, ask, dataFiles, keptLake, removeFile } from './support';

test('of a folder, doctor says what verify says', async () => {
  const folder = await keptLake();
  expect(await asJson('doctor', '--local', folder)).toMatchObject({
    code: 0,
    answer: { verb: 'doctor', preflight: null, verify: { findings: [], looked: { partitions: 4 } } },
  });
  const [key = ''] = dataFiles(folder);
  removeFile(folder, 'curated', key);
  const verified = await ask('verify', '--local', folder);
  expect(await ask('doctor', '--local', folder)).toEqual(verified);
  expect(verified.code).toBe(1);
});
