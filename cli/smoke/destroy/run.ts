import type { StageSettings } from '../../../lib/settings';
import { UsageError } from '../../command-line';
import type { Terminal } from '../../terminal';
import { visibleLines } from '../../visible';
import type { Outcome } from '../check';
import type { SmokeContext } from '../context';
import { lineOfOutcome } from '../report';
import { cdkOf } from './cdk';
import { destroyStage } from './index';
import { refuseData } from './remains';

/** Whoever destroys a stage names it twice, and the stage says that it may be. @throws UsageError */
export function refuseUnlessMeant({ name, dataRemoval }: StageSettings, named: string): void {
  if (named !== name) {
    throw new UsageError(
      '--destroy',
      `names "${named}", and --stage "${name}"`,
      `write --destroy ${name} to destroy it`,
    );
  }
  if (dataRemoval !== 'delete') {
    throw new UsageError(
      '--destroy',
      `stage ${name} keeps its data (dataRemoval: 'retain'), and is not there to be destroyed`,
      "use a stage with dataRemoval: 'delete', such as a copy of dev without data",
    );
  }
}

export const destroyPlan = ({ name }: StageSettings): readonly string[] => [
  `Stage ${name} will be DESTROYED, deployed again, and destroyed with its data: it is gone afterwards.`,
  '  A stage that holds rows is refused. It takes about half an hour, and costs cents.',
  '  At the end it lists what is left, with the commands that remove it.',
];

/** @param open the stage as it is deployed at that moment @throws ExpectedError when it holds data */
export async function runDestroy(
  open: () => Promise<SmokeContext & { close(): Promise<void> }>,
  look: () => Promise<SmokeContext & { close(): Promise<void> }>,
  terminal: Terminal,
): Promise<{ readonly first: SmokeContext; readonly outcomes: readonly Outcome[] }> {
  const empty = await look();
  try {
    await refuseData(empty);
  } finally {
    await empty.close();
  }
  const opened: (SmokeContext & { close(): Promise<void> })[] = [];
  const remember = async (): Promise<SmokeContext> => {
    const context = await open();
    opened.push(context);
    return context;
  };
  try {
    const first = await remember();
    const { outcomes, left } = await destroyStage(
      first,
      { cdk: cdkOf(first.settings.name), open: remember },
      (outcome) => terminal.line(visibleLines(lineOfOutcome(outcome))),
    );
    terminal.line(left.length === 0 ? 'Nothing is left.' : 'What is left:');
    for (const one of left) terminal.line(visibleLines(`  ${one}`));
    return { first, outcomes };
  } finally {
    for (const context of opened) await context.close();
  }
}
