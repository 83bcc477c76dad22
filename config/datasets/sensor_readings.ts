import type { DatasetDefinition } from '../../lib/dataset/model';

const sensorReadings: DatasetDefinition = {
  name: 'sensor_readings',
  description: 'One row for each measurement of a sensor, as the gateways upload them in CSV files.',
  columns: [
    { name: 'sensor_id', type: 'string', notNull: true, comment: 'Id of the sensor' },
    { name: 'measured_at', type: 'timestamp', notNull: true, comment: 'When the sensor measured' },
    { name: 'temperature', type: 'double', comment: 'Degrees Celsius' },
    { name: 'humidity', type: 'decimal(5,2)', comment: 'Relative humidity in percent' },
    { name: 'battery', type: 'smallint', comment: 'Charge in percent, 0 to 100' },
    { name: 'firmware', type: 'string', comment: 'Version of the firmware, semver' },
    { name: 'calibrated_on', type: 'date', comment: 'Day of the last calibration' },
  ],
  partition: { scheme: 'dt', from: '2024-01-01', to: '2033-12-31' },
  eventTime: 'measured_at',
  dedupeKey: ['sensor_id', 'measured_at'],
  // Dashboards ask for the history of one sensor: its rows lie together, so most row groups are skipped.
  sortBy: ['sensor_id', 'measured_at'],
  input: { formats: ['csv', 'ndjson'] },
  retention: { curatedDays: 1825 },
};

export default sensorReadings;
