import type { StageDefinition } from '../../lib/settings';

/** Small limits for trying things out. Deploys in a brand-new account as it is. */
const dev: StageDefinition = {
  name: 'dev',
  retention: { logDays: 14, accessLogDays: 30, quarantineDays: 30 },
  query: {
    analyst: { scanLimitGB: 10 },
    engineer: { scanLimitGB: 50 },
    dashboard: { scanLimitGB: 1 },
  },
  // Still keeps everything unless the command line says `-c allowDataDeletion=dev` as well.
  dataRemoval: 'delete',
};

export default dev;
