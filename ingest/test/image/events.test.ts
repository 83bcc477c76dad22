import { oddDatasets } from '../../../cli/test/support/odd-datasets';
import { datasets } from '../../../test/fixtures/datasets';
import { eventsOf } from '../../e2e/image/events';
import { startRig } from '../gateway/support/rig';

/** Within the ranges of some of them. */
const NOW = Date.parse('2026-06-15T10:00:00Z');

test.each(
  [...datasets, ...oddDatasets].flatMap((dataset) => {
    try {
      return [[dataset.name, eventsOf([dataset], NOW), dataset] as const];
    } catch {
      return [];
    }
  }),
)(
  'the gateway of a fork with %s alone takes the events that its image is proven with',
  async (name, events, dataset) => {
    const rig = await startRig({ datasets: [dataset], now: () => NOW });
    const token = await rig.issuer.token({ scope: `ingest:${name}`, iat: NOW / 1000, exp: NOW / 1000 + 600 });
    for (let i = 0; i < 2; i += 1) {
      const { status, body } = await rig.post(events.next(), { dataset: name, token });
      expect([status, body.stored, body.results]).toEqual([200, 1, []]);
    }
  },
);

test('a fork without a dataset that accepts events of today gets a message', () => {
  const closed = oddDatasets.filter(({ name }) => ['of_long_ago', 'tab_separated'].includes(name));
  expect(closed).toHaveLength(2);
  expect(() => eventsOf(closed, NOW)).toThrow('no dataset of config/datasets takes events of today');
});
