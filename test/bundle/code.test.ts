import * as fs from 'node:fs';
import * as path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import 'aws-cdk-lib/testhelpers/jest-autoclean';
import { Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { bundledCode } from '../../lib/constructs/lambda-bundle';
import { bundle } from '../../lib/constructs/lambda-bundle/bundle';

jest.mock('../../lib/constructs/lambda-bundle/bundle', () => ({
  ...jest.requireActual('../../lib/constructs/lambda-bundle/bundle'),
  bundle: jest.fn(({ outdir, banner = '' }: { outdir: string; banner?: string }) =>
    fs.writeFileSync(path.join(outdir, 'planner.js'), banner),
  ),
}));

const entries = ['lambda/compaction/planner.ts'];

function functionIn(app: App, stackName: string, banner?: string, runtime = Runtime.NODEJS_24_X): void {
  new LambdaFunction(new Stack(app, stackName), 'Function', {
    runtime,
    handler: 'planner.handler',
    code: bundledCode({ entries, runtime, ...(banner === undefined ? {} : { banner }) }),
  });
}

beforeEach(() => {
  jest.mocked(bundle).mockClear();
  jest.spyOn(process.stderr, 'write').mockReturnValue(true); // the CDK announces each bundling there
});

afterEach(() => jest.restoreAllMocks());

test('equal functions of several stages are built once', () => {
  const app = new App();
  functionIn(app, 'Dev');
  functionIn(app, 'Prod');
  expect(bundle).toHaveBeenCalledTimes(1);
  expect(bundle).toHaveBeenCalledWith(expect.objectContaining({ entries, nodeMajor: 24 }));
});

test('what differs is built apart', () => {
  const app = new App();
  functionIn(app, 'One', 'globalThis.a = 1;');
  functionIn(app, 'Other', 'globalThis.a = 2;');
  functionIn(app, 'Older', 'globalThis.a = 1;', Runtime.NODEJS_22_X);
  expect(bundle).toHaveBeenCalledTimes(3);
});

test('nothing is built for a stack that needs no bundling', () => {
  functionIn(new App({ context: { 'aws:cdk:bundling-stacks': [] } }), 'Test');
  expect(bundle).not.toHaveBeenCalled();
});

test('takes Node.js only', () => {
  expect(() => bundledCode({ entries, runtime: Runtime.PYTHON_3_13 })).toThrow('Node.js run time, but got python3.13');
});
