/**
 * All attacks at the same time, in a process of their own: reads its orders from its input, prints `go` and, when its
 * time is over, how much of each was sent.
 */

import { ATTACKS } from './attacks';

export interface Orders {
  readonly port: number;
  /** By the name of the attack. */
  readonly tokens: Readonly<Record<string, string>>;
  readonly seconds: number;
}

async function main(): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  const { port, tokens, seconds } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Orders;
  const end = Date.now() + seconds * 1000;
  const counts: Record<string, number> = {};
  process.stdout.write('go\n');
  await Promise.all(
    Object.entries(ATTACKS).map(([name, attack]) => {
      counts[name] = 0;
      return attack({
        port,
        token: tokens[name] as string,
        isOver: () => Date.now() >= end,
        sent: () => {
          counts[name] = (counts[name] ?? 0) + 1;
        },
      });
    }),
  );
  process.stdout.write(`${JSON.stringify(counts)}\n`, () => process.exit(0));
}

void main();
