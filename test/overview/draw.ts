/** `npx tsx test/overview/draw.ts`: draws the dashboard of the docs again. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { datasets } from '../fixtures/datasets';
import prod from '../fixtures/stages/prod';
import { parseStage } from '../support/extensions';
import { bodyOf } from './body';
import { picture } from './picture';

writeFileSync(join(__dirname, '../../docs/images/overview.svg'), picture(bodyOf(parseStage(prod), datasets)));
