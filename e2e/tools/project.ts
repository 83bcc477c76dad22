import { join } from 'node:path';

/** The folder with `package.json`. */
export const PROJECT_ROOT = join(__dirname, '..', '..');

/** Downloads that are kept between runs, each in a folder that names its version. Safe to delete at any time. */
export const TOOLS_FOLDER = join(PROJECT_ROOT, '.tools');
