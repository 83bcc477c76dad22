import { Random } from '../../../cli/generate/random';
import { leadingValues } from '../../../cli/generate/rows';
import { RowMaker } from '../../../cli/generate/values';
import { DAY_MS, type Dataset, takesEvents } from '../../../lib/dataset';
import { parseDay } from '../../../lib/dataset/calendar';

/** Events of now for a gateway whose datasets are whatever a fork declares. */
export interface Events {
  readonly dataset: string;
  /** Another one each time, as JSON. */
  next(): string;
}

/** @throws Error unless one of the datasets takes events of now */
export function eventsOf(datasets: readonly Dataset[], now = Date.now()): Events {
  const isOpen = ({ partition: { from, to } }: Dataset): boolean =>
    (parseDay(from)?.getTime() ?? now) <= now && now < (parseDay(to)?.getTime() ?? now) + DAY_MS;
  const dataset = datasets.find((one) => takesEvents(one) && isOpen(one));
  if (dataset === undefined) throw new Error('no dataset of config/datasets takes events of today');
  const random = new Random(now);
  const maker = new RowMaker(dataset, random);
  const leading = leadingValues(dataset.partition.leading)[0];
  return { dataset: dataset.name, next: () => JSON.stringify({ ...leading, ...maker.row(random, now) }) };
}
