/**
 * `npm run test:image`: builds the image of the gateway and runs it. Where no builder works, the commands of the build stage
 * run in a clean folder, and what the last stage takes from it runs under the image's user.
 */

import '../../../config/checked';
import { Report } from '../../../e2e/tools/report';
import { supervised } from '../../../e2e/tools/supervisor';
import { findBuilder, runInContainer } from './container';
import { runInFolder } from './folder';
import { checkGateway } from './gateway';

const PROGRAM = {
  name: 'npm run test:image',
  does: 'Builds the image of the gateway and runs it; without a builder, runs the commands of its stages.',
  options: {},
};

supervised(PROGRAM, async (supervisor) => {
  const report = new Report();
  const builder = await findBuilder(supervisor);
  if (builder === undefined) {
    console.log('NO IMAGE IS BUILT: neither docker nor podman works here (docker info, podman info).');
    console.log('Instead, the commands of the build stage run in a clean folder, and their result as a plain process.');
    console.log('Not looked at: the base image, and the instructions RUN, LABEL and HEALTHCHECK of the last stage.');
  } else {
    console.log(`Builder: ${builder}`);
  }
  const start =
    builder === undefined ? await runInFolder(supervisor, report) : await runInContainer(supervisor, report, builder);
  if (start !== undefined) await checkGateway(supervisor, report, start);
  return report.finish();
});
