#!/usr/bin/env -S npx tsx
import { App } from 'aws-cdk-lib';
import { datasets } from '../config/datasets';
import { stages } from '../config/stages';
import { addCompliancePacks } from '../lib/compliance';
import { LakeStage } from '../lib/stacks/lake-stage';

const app = new App();
for (const settings of stages) new LakeStage(app, { settings, datasets });
addCompliancePacks(app);
