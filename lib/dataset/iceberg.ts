import type { Dataset } from './model';

/** Whether a lake has Iceberg tables. */
export const hasIceberg = (datasets: readonly Pick<Dataset, 'iceberg'>[]): boolean =>
  datasets.some(({ iceberg }) => iceberg === true);
