import { datasetByName } from '../../../test/fixtures/datasets';
import dev from '../../../test/fixtures/stages/dev';
import { parseStage } from '../../../test/support/extensions';
import type { SmokeCheck } from '../../smoke/check';
import { runChecks } from '../../smoke/check';
import type { SmokeContext, StackResource } from '../../smoke/context';

/** What a service answers to a command, by the command's name without `Command`; a function is given its input. */
export type Answers = Readonly<Record<string, unknown>>;

export interface World {
  readonly answers?: Answers;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly resources?: readonly StackResource[];
  /** Keys by bucket. */
  readonly objects?: Readonly<Record<string, readonly string[]>>;
}

/** When the smoke test of the stand-in began. */
export const BEGAN = new Date('2026-05-01T12:00:30.000Z');

/**
 * Answers in the shapes of the API references, for what no emulator answers. It shows that a check tells a good answer from a
 * bad one, and not that AWS gives either.
 */
export function standIn({ answers = {}, outputs = {}, resources = [], objects = {} }: World): SmokeContext & {
  readonly sent: readonly { readonly command: string; readonly input: unknown }[];
} {
  const sent: { command: string; input: unknown }[] = [];
  const client = {
    send: async (command: { readonly constructor: { readonly name: string }; readonly input: unknown }) => {
      const name = command.constructor.name.replace(/Command$/, '');
      sent.push({ command: name, input: command.input });
      if (!Object.hasOwn(answers, name)) throw new Error(`${name} is not among the answers`);
      const answer = answers[name];
      return typeof answer === 'function' ? answer(command.input) : answer;
    },
  };
  const clients = new Proxy({}, { get: () => client });
  const context = {
    sent,
    settings: parseStage(dev),
    region: 'eu-central-1',
    isEmulated: false,
    clients,
    client: () => client,
    given: {},
    lake: {
      s3: client,
      buckets: { raw: 'raw-bucket', curated: 'curated-bucket', quarantine: 'quarantine-bucket' },
      aws: { sfn: client, cloudWatch: client, stateMachineArn: 'arn:machine', alarmPrefix: 'lake-dev-' },
      store: {
        async *list(bucket: string, prefix: string) {
          for (const key of objects[bucket] ?? []) if (key.startsWith(prefix)) yield { key };
        },
      },
    },
    began: BEGAN,
    reserved: { dataset: datasetByName('orders'), format: 'ndjson', rows: 'tenant=acme/a', poison: 'tenant=acme/b' },
    output: async (_: string, name: string) => outputs[name],
    resources: async () => resources,
    // One look: no test waits for a time to pass.
    async until<T>(what: string, _: number, ask: () => Promise<T | undefined>): Promise<T> {
      const answer = await ask();
      if (answer === undefined) throw new Error(`there was no ${what}`);
      return answer;
    },
  };
  return context as unknown as ReturnType<typeof standIn>;
}

/** The outcome of one check. */
export async function outcomeOf(check: SmokeCheck, world: World) {
  const [outcome] = await runChecks([{ ...check, needs: [] }], standIn(world));
  return { result: outcome?.result, detail: outcome?.detail };
}
