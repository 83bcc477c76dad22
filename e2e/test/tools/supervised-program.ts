/** Started by supervisor.integration.test.ts: owns a folder and a family of processes, says which, and ends as it is told. */
import { supervised } from '../../tools/supervisor';

void supervised(async (supervisor) => {
  const folder = supervisor.folder('data');
  const half = process.argv[3] ?? '';
  supervisor.guard(half);
  const family = supervisor.spawn('/bin/sh', ['-c', 'sleep 600 & echo $!; trap "" TERM; sleep 600']);
  const grandchild = await new Promise<string>((resolve) => {
    family.child.stdout?.setEncoding('utf8').once('data', resolve);
  });
  console.log(JSON.stringify({ root: supervisor.root, folder, pids: [family.pid, Number(grandchild)] }));
  switch (process.argv[2]) {
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
