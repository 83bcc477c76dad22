/**
 * Runs test files again and again in one process, so that Jest and the packages are loaded once. Each line of its input is a
 * request, and it answers with a line that begins with {@link ANSWER}. It ends by itself when a run left something open or took
 * too much memory: the next run begins anew.
 */
const { createInterface } = require('node:readline');
const { runCLI } = require('jest');

const ANSWER = '@answer ';
const MOST_BYTES = 1_500_000_000;

/** What keeps a process alive: servers, sockets, timers, processes. */
const open = () => process.getActiveResourcesInfo().filter((name) => !/^(?:PipeWrap|TTYWrap)$/.test(name)).length;

async function main() {
  const before = open();
  for await (const line of createInterface({ input: process.stdin })) {
    const { tests, titles } = JSON.parse(line);
    const { results } = await runCLI(
      {
        $0: 'jest',
        _: tests,
        runTestsByPath: true,
        runInBand: true,
        testNamePattern: titles,
        env: require.resolve('./environment.js'),
        reporters: [],
        silent: true,
      },
      [process.cwd()],
    );
    const ends = open() > before || process.memoryUsage().rss > MOST_BYTES;
    const titlesOf = (which) =>
      results.testResults.flatMap((file) =>
        file.testResults.flatMap(({ status, fullName }) => (status === which ? [fullName] : [])),
      );
    const answer = {
      failed: titlesOf('failed'),
      passed: titlesOf('passed'),
      broken: results.testResults.find(({ failureMessage }) => failureMessage)?.failureMessage,
      ends,
    };
    process.stdout.write(`\n${ANSWER}${JSON.stringify(answer)}\n`, () => ends && process.exit(0));
    if (ends) return;
  }
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
