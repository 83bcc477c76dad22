/** `npm run lake` with the datasets of the tests. */
import '../../test/fixtures/datasets/given';
import { runCommand } from '../../cli/command-line';
import { tellFailure } from '../../cli/failure';
import { main } from '../../cli/lake-main';

runCommand(
  (args) => main(args),
  (error) => tellFailure(error, 'npm run lake'),
);
