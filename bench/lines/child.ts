/** Measures one case in a process of its own, whose code is compiled for that case only, each time that it is asked to. */
import { CASES } from './cases';

/** What one turn says. */
export interface Turn {
  readonly bytes: number;
  /** Processor time of one pass, in microseconds. */
  readonly micros: number;
}

/** Processor time of a turn at least, in microseconds. */
const TURN = 60_000;
/** Turns until the code is compiled. */
const WARM_UP = 10;

const [group, name] = process.argv.slice(2);
const found = CASES.find((one) => one.group === group && one.name === name);
if (found === undefined) throw new Error(`there is no case ${group}: ${name}`);
const { bytes, pass } = found.prepare();

function turn(): Turn {
  const from = process.cpuUsage();
  let micros = 0;
  let passes = 0;
  while (micros < TURN) {
    pass();
    passes += 1;
    const { user, system } = process.cpuUsage(from);
    micros = user + system;
  }
  return { bytes, micros: micros / passes };
}

for (let i = 0; i < WARM_UP; i += 1) turn();
process.on('message', () => process.send?.(turn()));
process.send?.('ready');
