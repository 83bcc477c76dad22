import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decimal } from '../../data/values';
import { quoteLongIntegers } from '../../trino/server/client';
import { findJdk, LEAST_JAVA } from '../../trino/server/jdk';

describe('the JDK that Trino runs on', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'jdk-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const jdk = (name: string, version: number): string => {
    const home = join(folder, name);
    mkdirSync(join(home, 'bin'), { recursive: true });
    writeFileSync(join(home, 'bin', 'java'), '');
    chmodSync(join(home, 'bin', 'java'), 0o755);
    writeFileSync(join(home, 'release'), `JAVA_VERSION="${version}.0.1"\n`);
    return home;
  };

  test('is that of JAVA_HOME, before the one on the PATH and the newest in the usual folders', () => {
    const [old, own, path, newest] = [jdk('17', 17), jdk('own', 25), jdk('path', 24), jdk('newest', 26)];
    const search = (JAVA_HOME?: string, PATH?: string) =>
      findJdk({ environment: { JAVA_HOME, PATH }, folders: [folder] }).home;

    expect(search(own, join(path, 'bin'))).toBe(own);
    expect(search(old, join(path, 'bin'))).toBe(path);
    expect(search(old, join(old, 'bin'))).toBe(newest);
  });

  test('is missed in words that say what was found and what to do', () => {
    const old = jdk('17', 17);
    expect(() => findJdk({ environment: { JAVA_HOME: old }, folders: [] })).toThrow(
      `Trino needs a JDK of ${LEAST_JAVA} or newer, and there is only Java 17 in ${old}. Install one`,
    );
    expect(() => findJdk({ environment: {}, folders: [] })).toThrow('there is none');
  });
});

test('integers that a double cannot hold become strings, wherever they are, and text stays text', () => {
  expect(quoteLongIntegers('[1,-9223372036854775808,{"a":[12345678901234567]},"9223372036854775807",1.5e3]')).toBe(
    '[1,"-9223372036854775808",{"a":["12345678901234567"]},"9223372036854775807",1.5e3]',
  );
  expect(quoteLongIntegers('"a \\" 9223372036854775807"')).toBe('"a \\" 9223372036854775807"');
});

test.each([
  ['0012.5', 2, '12.50'],
  ['-0', 1, '0.0'],
  ['-0.01', 2, '-0.01'],
  ['7', 0, '7'],
])('the decimal %s has one spelling at scale %d', (text, scale, spelled) => {
  expect(decimal(text, scale)).toBe(spelled);
});

test('digits beyond the scale of a decimal are an error', () => {
  expect(() => decimal('1.234', 2)).toThrow('1.234 is not a decimal of scale 2');
});
