/** The last part of `npm run test:deploy` by itself: `npx tsx e2e/access/main.ts`, a minute and a half. */
import { Report, seconds } from '../tools/report';
import { supervised } from '../tools/supervisor';
import { accessScenarios } from './scenarios';

void supervised(async (supervisor) => {
  const started = Date.now();
  const report = new Report();
  await accessScenarios(supervisor, report);
  console.log(`\nIn ${seconds(started)}`);
  return report.finish();
});
