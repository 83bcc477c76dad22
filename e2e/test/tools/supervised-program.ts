/** Started by supervisor.integration.test.ts: owns a folder and a family of processes, says which, and ends as it is told. */
import { text } from '../../../cli/program';
import { supervised } from '../../tools/supervisor';

const PROGRAM = {
  name: 'supervised-program',
  does: 'Owns what the test looks for.',
  options: { end: text('HOW', 'how it ends'), half: text('FOLDER', 'work that is half done') },
};

supervised(PROGRAM, async (supervisor, { end, half = '' }) => {
  const folder = supervisor.folder('data');
  supervisor.guard(half);
  const family = supervisor.spawn('/bin/sh', ['-c', 'sleep 600 & echo $!; trap "" TERM; sleep 600']);
  const grandchild = await new Promise<string>((resolve) => {
    family.child.stdout?.setEncoding('utf8').once('data', resolve);
  });
  console.log(JSON.stringify({ root: supervisor.root, folder, pids: [family.pid, Number(grandchild)] }));
  switch (end) {
    case 'return':
      return 0;
    case 'throw':
      throw new Error('on purpose');
    case 'exit':
      process.exit(7);
  }
  await family.exited;
  return 0;
});
