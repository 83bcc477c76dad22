import { chosenGroups, type Group } from '../../deploy/groups';

const GROUPS: readonly Group[] = [{ name: 'first' }, { name: 'second', needs: ['first'] }, { name: 'third' }];

const chosen = (...only: string[]): string[] => chosenGroups(GROUPS, only).map(({ name }) => name);

describe('groups of scenarios', () => {
  test('the chosen ones in the order of the list, each once, after what they need', () => {
    expect(chosen('third')).toEqual(['third']);
    expect(chosen('second')).toEqual(['first', 'second']);
    expect(chosen('third', 'second', 'first')).toEqual(['first', 'second', 'third']);
  });
});
