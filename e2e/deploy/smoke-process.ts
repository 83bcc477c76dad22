/** `npm run smoke` on an emulated stage, in a process of its own. */
import '../../test/fixtures/datasets/given';
import { runCommand } from '../../cli/command-line';
import { tellFailure } from '../../cli/failure';
import { main } from '../../cli/smoke/main';
import { Terminal } from '../../cli/terminal';
import { datasets } from '../../test/fixtures/datasets';
import { parseStage } from '../../test/support/extensions';
import { changedStage } from '../emulator/stage';
import { SMOKE_STAGE } from './smoke';

runCommand(
  async (args) => {
    const settings = parseStage(changedStage(SMOKE_STAGE));
    return await main([...args, '--stage', settings.name], new Terminal(process.stdout), () => ({
      stages: [settings],
      datasets,
    }));
  },
  (error) => tellFailure(error, 'npm run smoke'),
);
