import { type Dataset, DELIVERY_SERVICES, type DeliveryService, parseDatasets } from '../../lib/dataset';

export const deliveredName = (service: DeliveryService): string => service.replaceAll('-', '_');

/** A dataset for each service that delivers, and one that none does. */
export const deliveredDatasets = (services: readonly DeliveryService[] = DELIVERY_SERVICES): readonly Dataset[] =>
  parseDatasets(
    [...services, undefined].map((delivery) => ({
      file: 'delivered.ts',
      definition: {
        name: delivery === undefined ? 'of_nobody' : deliveredName(delivery),
        description: 'Rows that a service delivers',
        columns: [{ name: 'moment', type: 'timestamp', notNull: true }],
        partition: { scheme: 'day', from: '2026-01-01', to: '2026-12-31' },
        eventTime: 'moment',
        input: { formats: ['ndjson'] },
        ...(delivery === undefined ? {} : { delivery }),
      },
    })),
  );
