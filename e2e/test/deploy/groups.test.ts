import { chosenGroups, type Group } from '../../deploy/groups';
import { CannotRun } from '../../tools/errors';

const GROUPS: readonly Group[] = [{ name: 'first' }, { name: 'second', needs: ['first'] }, { name: 'third' }];

const names = (...args: string[]): string[] => chosenGroups(GROUPS, args).map(({ name }) => name);

describe('groups of scenarios', () => {
  test('all of them without a choice', () => {
    expect(names()).toEqual(['first', 'second', 'third']);
  });

  test('the chosen ones in the order of the list, each once, after what they need', () => {
    expect(names('--only', 'third')).toEqual(['third']);
    expect(names('--only', 'second')).toEqual(['first', 'second']);
    expect(names('--only', 'third', '--only=second', '--only', 'first')).toEqual(['first', 'second', 'third']);
  });

  test.each([
    [['--only', 'fourth'], /no group 'fourth'.*first, second, third/],
    [['--only', ''], /no group ''/],
    [['--only'], /argument missing[\s\S]*first, second, third/],
    [['third'], /third[\s\S]*--only NAME/],
    [['--skip', 'third'], /--skip[\s\S]*--only NAME/],
  ])('%j is refused, with the names that there are', (args, message) => {
    expect(() => names(...args)).toThrow(CannotRun);
    expect(() => names(...args)).toThrow(message);
  });
});
