import { execFileSync } from 'node:child_process';
import { PROJECT_ROOT } from './project';

/** Files of the project that git tracks or would, by their paths from its root; of the given folders, or all. */
export const projectFiles = (...folders: readonly string[]): readonly string[] => {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate', '--', ...folders];
  const gone = execFileSync('git', ['ls-files', '-z', '--deleted'], { cwd: PROJECT_ROOT, encoding: 'utf8' }).split(
    '\0',
  );
  return execFileSync('git', args, { cwd: PROJECT_ROOT, encoding: 'utf8' })
    .split('\0')
    .filter((file) => file !== '' && !gone.includes(file));
};
