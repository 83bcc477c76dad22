import type { DatasetDefinition } from '../../lib/dataset/model';

const orders: DatasetDefinition = {
  name: 'orders',
  description: 'One row for each order that a customer of a tenant placed, with its lines as they were at that moment.',
  columns: [
    { name: 'order_id', type: 'string', notNull: true, comment: 'Unique id of the order within its tenant' },
    { name: 'ordered_at', type: 'timestamp', notNull: true, comment: 'When the order was placed' },
    { name: 'status', type: 'string', notNull: true, comment: 'placed, paid or cancelled' },
    { name: 'currency', type: 'string', notNull: true, comment: 'ISO 4217 code of every amount in the row' },
    { name: 'total', type: 'decimal(12,2)', notNull: true, comment: 'Sum of the lines less discounts, with tax' },
    {
      name: 'customer',
      type: 'struct<id:string,email:string,address:struct<street:string,city:string,postal_code:string,country:string>>',
      comment: 'Who ordered, and the delivery address',
    },
    {
      name: 'lines',
      type: 'array<struct<sku:string,title:string,quantity:int,unit_price:decimal(12,2)>>',
      comment: 'What was ordered, in the order of the basket',
    },
    { name: 'discounts', type: 'map<string,decimal(12,2)>', comment: 'Amount taken off, by discount code' },
    { name: 'tags', type: 'array<string>', comment: 'Free labels' },
    { name: 'gift', type: 'boolean', comment: 'Whether the order is sent as a gift' },
  ],
  partition: {
    scheme: 'day',
    from: '2024-01-01',
    to: '2033-12-31',
    leading: [{ name: 'tenant', kind: 'enum', values: ['acme', 'globex', 'initech'] }],
  },
  eventTime: 'ordered_at',
  dedupeKey: ['order_id'],
  sortBy: ['ordered_at'],
  input: { formats: ['ndjson', 'parquet'] },
  compaction: { codec: 'zstd' },
};

export default orders;
