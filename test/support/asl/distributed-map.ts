import { evaluate, type Scope } from './paths';
import { allowFields, isObject, type Json, type JsonObject, type State, StateError, UnsupportedError } from './types';

type RunChild = (processor: JsonObject, item: Json, context: JsonObject, index: number) => Promise<Json>;

interface Counts {
  Total: number;
  Succeeded: number;
  Failed: number;
}

/** Distributed Maps: each item of a JSON Lines object in S3 is a child execution of its own. */
export class DistributedMapRuns {
  mostInFlight = 0;
  readonly #runs = new Map<string, Counts>();

  constructor(
    private readonly readObject: (bucket: string, key: string) => Promise<string>,
    private readonly runChild: RunChild,
  ) {}

  /** `states:DescribeMapRun`. */
  readonly describe = async ({ MapRunArn }: JsonObject): Promise<JsonObject> => {
    const counts = this.#runs.get(String(MapRunArn));
    if (counts === undefined) throw new StateError('Sfn.ResourceNotFoundException', `no map run ${MapRunArn}`);
    return { MapRunArn: String(MapRunArn), Status: 'SUCCEEDED', ItemCounts: { ...counts } };
  };

  async run(state: State, scope: Scope): Promise<Json> {
    const { ProcessorConfig, ...processor } = state.ItemProcessor as JsonObject;
    if (!isObject(ProcessorConfig) || ProcessorConfig.Mode !== 'DISTRIBUTED') {
      throw new UnsupportedError('Map that is not distributed');
    }
    if (!Number.isInteger(state.MaxConcurrency)) throw new UnsupportedError('Map without a limit of its concurrency');
    if (state.ResultWriter === undefined) throw new UnsupportedError('distributed Map without ResultWriter');
    const items = await this.read(state.ItemReader as JsonObject, scope);
    const counts: Counts = { Total: items.length, Succeeded: 0, Failed: 0 };
    await this.runAll(items, Number(state.MaxConcurrency), async (item, index) => {
      const context = { ...scope.context, Map: { Item: { Index: index, Value: item } } };
      const input = state.ItemSelector === undefined ? item : evaluate(state.ItemSelector, { ...scope, context });
      const succeeded = await this.child(processor, input, context, index);
      counts[succeeded ? 'Succeeded' : 'Failed']++;
    });
    if ((100 * counts.Failed) / Math.max(1, counts.Total) > Number(state.ToleratedFailurePercentage ?? 0)) {
      throw new StateError(
        'States.ExceedToleratedFailureThreshold',
        `${counts.Failed} of ${counts.Total} items failed`,
      );
    }
    const MapRunArn = `arn:aws:states:eu-central-1:111122223333:mapRun:machine/${state.Label}:${this.#runs.size}`;
    this.#runs.set(MapRunArn, counts);
    const { Bucket, Prefix } = evaluate((state.ResultWriter as JsonObject).Parameters as Json, scope) as JsonObject;
    return { MapRunArn, ResultWriterDetails: { Bucket: Bucket ?? '', Key: `${Prefix}/manifest.json` } };
  }

  private async child(processor: JsonObject, input: Json, context: JsonObject, index: number): Promise<boolean> {
    const execution = { ...(context.Execution as JsonObject), Id: `${index}`, Input: input };
    try {
      await this.runChild(processor, input, { ...context, Execution: execution }, index);
      return true;
    } catch (error) {
      if (error instanceof StateError) return false;
      throw error;
    }
  }

  private async read(reader: JsonObject, scope: Scope): Promise<Json[]> {
    allowFields('ItemReader', reader, ['Resource', 'ReaderConfig', 'Parameters']);
    const config = reader.ReaderConfig as JsonObject;
    if (reader.Resource !== 'arn:aws:states:::s3:getObject' || config.InputType !== 'JSONL') {
      throw new UnsupportedError(`ItemReader ${JSON.stringify(reader)}`);
    }
    const { Bucket, Key } = evaluate(reader.Parameters as Json, scope) as JsonObject;
    try {
      const text = await this.readObject(String(Bucket), String(Key));
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Json);
    } catch (error) {
      throw new StateError('States.ItemReaderFailed', `s3://${Bucket}/${Key}: ${(error as Error).message}`);
    }
  }

  private async runAll(items: readonly Json[], limit: number, run: (item: Json, index: number) => Promise<void>) {
    let next = 0;
    let inFlight = 0;
    const worker = async (): Promise<void> => {
      while (next < items.length) {
        const index = next++;
        this.mostInFlight = Math.max(this.mostInFlight, ++inFlight);
        await run(items[index] as Json, index);
        inFlight--;
      }
    };
    await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  }
}
