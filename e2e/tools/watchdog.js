/**
 * Ends what a supervisor started, when the supervisor ends, however it ends: its standard input is a pipe that nobody else
 * holds, so end of file means that the supervisor is gone, SIGKILL included. Runs in a session of its own, where no Ctrl-C
 * reaches it. Plain JavaScript, because it must start at once.
 *
 * Usage: node watchdog.js ROOT; then one line each on standard input: `+PID` for a process group that it must end, `+/FOLDER`
 * for a folder that it must remove, and the same with `-` for what has ended or may stay. On end of file it kills
 * the groups, removes the folders and, as its last act, the folder ROOT.
 */
const { rmSync } = require('node:fs');
const { createInterface } = require('node:readline');
const { setTimeout: sleep } = require('node:timers/promises');

const root = process.argv[2];
const groups = new Set();
const folders = new Set();

const input = createInterface({ input: process.stdin });
input.on('line', (line) => {
  const [set, item] = line[1] === '/' ? [folders, line.slice(1)] : [groups, Number(line.slice(1))];
  if (line.startsWith('+')) set.add(item);
  else set.delete(item);
});
input.on('close', end);
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => {}); // the end of file counts, nothing else

async function end() {
  // Killed and not asked: nothing of theirs outlives the folder, and an emulator with a request in flight ignores SIGTERM.
  for (const group of groups) signal(group, 'SIGKILL');
  // A group of zombies stays visible until its parent has waited for it, hence the limit.
  for (let i = 0; i < 25 && [...groups].some((group) => signal(group, 0)); i++) await sleep(10);
  for (const folder of [...folders, root]) {
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
  process.exit(0);
}

function signal(group, name) {
  try {
    process.kill(-group, name);
    return true;
  } catch {
    return false; // gone
  }
}
