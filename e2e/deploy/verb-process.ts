/** One verb of `npm run lake` on the emulated stage, in a process of its own that has the environment of one person. */
import '../../test/fixtures/datasets/given';
import { runCommand } from '../../cli/command-line';
import { tellFailure } from '../../cli/failure';
import { Terminal } from '../../cli/terminal';
import type { RunVerb } from '../../cli/verbs/verb';
import { parseStage } from '../../test/support/extensions';
import { changedStage } from '../emulator/stage';

runCommand(
  async ([name = '', ...args]) => {
    const module = name === 'diff' ? '../../cli/diff/diff' : `../../cli/verbs/${name}/verb`;
    const { run } = require(module) as { readonly run: RunVerb };
    const settings = parseStage(changedStage());
    return await run([...args, '--stage', settings.name], new Terminal(process.stdout), () => [settings]);
  },
  (error) => tellFailure(error, 'npm run lake'),
);
