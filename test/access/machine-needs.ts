import type { ResolvedTemplates, Resource } from '../support/iam/cloudformation';
import { PLACE } from '../support/iam/cloudformation';
import { type Need, need, SOME_OBJECT, SOME_PLAN, tracing } from './need';

interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Parameters?: Readonly<Record<string, unknown>>;
  readonly Arguments?: Readonly<Record<string, unknown>>;
  readonly Label?: string;
  readonly ItemReader?: State;
  readonly ResultWriter?: State;
  readonly ItemProcessor?: Definition & { readonly ProcessorConfig: { readonly Mode: string } };
}

interface Definition {
  readonly States: Readonly<Record<string, State>>;
}

/** What every state of every state machine calls, with its role. */
export const machineNeeds = (templates: ResolvedTemplates): readonly Need[] =>
  templates.ofType('AWS::StepFunctions::StateMachine').flatMap((machine) => new Machine(templates, machine).needs());

/** Step Functions delivers logs with the role of the state machine: the list is that of its documentation. */
const LOG_DELIVERY = [
  ...['CreateLogDelivery', 'GetLogDelivery', 'UpdateLogDelivery', 'DeleteLogDelivery', 'ListLogDeliveries'],
  ...['PutResourcePolicy', 'DescribeResourcePolicies', 'DescribeLogGroups'],
];

const TRACING = ['PutTraceSegments', 'PutTelemetryRecords', 'GetSamplingRules', 'GetSamplingTargets'];

class Machine {
  readonly #templates: ResolvedTemplates;
  readonly #machine: Resource;
  readonly #role: string;
  readonly #arn: string;
  readonly #definition: Definition;

  constructor(templates: ResolvedTemplates, machine: Resource) {
    this.#templates = templates;
    this.#machine = machine;
    this.#role = machine.properties.RoleArn;
    this.#arn = templates.arn(machine);
    this.#definition = JSON.parse(machine.properties.DefinitionString);
  }

  needs(): readonly Need[] {
    const { LoggingConfiguration, TracingConfiguration } = this.#machine.properties;
    return [
      ...statesOf(this.#definition).flatMap(([name, state]) => this.#state(name, state)),
      ...(LoggingConfiguration === undefined
        ? []
        : LOG_DELIVERY.map((action) =>
            need(this.#role, `logs:${action}`, '*', `${this.#machine.id} delivers its logs`),
          )),
      ...(TracingConfiguration?.Enabled === true ? tracing(this.#role, this.#machine.id, TRACING) : []),
    ];
  }

  #state(name: string, state: State): readonly Need[] {
    const why = `${this.#machine.id} in the state '${name}'`;
    if (state.Type === 'Map') return this.#map(state, why);
    return state.Type === 'Task' ? this.#task(state, why) : [];
  }

  #task(state: State, why: string): readonly Need[] {
    const given = state.Parameters ?? state.Arguments ?? {};
    const call = (action: string, resource: string): Need => need(this.#role, action, resource, why);
    switch (state.Resource?.split(':::')[1]) {
      case 'lambda:invoke':
        return [call('lambda:InvokeFunction', String(given.FunctionName))];
      case 'sqs:sendMessage':
        return [call('sqs:SendMessage', `arn:aws:sqs:${PLACE.region}:${PLACE.account}:${given.QueueUrl}`)];
      case 'aws-sdk:sfn:listExecutions':
        return [call('states:ListExecutions', this.#arn)];
      case 'aws-sdk:sfn:describeMapRun':
        return this.#labels().map((label) => call('states:DescribeMapRun', this.#run('mapRun', `/${label}`)));
      case 'aws-sdk:athena:getQueryExecution':
        return this.#workgroups().map((name) =>
          call('athena:GetQueryExecution', `arn:aws:athena:${PLACE.region}:${PLACE.account}:workgroup/${name}`),
        );
      case 'aws-sdk:s3:putObject':
        return [call('s3:PutObject', `arn:aws:s3:::${given.Bucket}/${literalStart(String(given.Key))}${SOME_OBJECT}`)];
      default:
        throw new Error(`${why} uses ${state.Resource}: say here what that needs`);
    }
  }

  /** What the documentation of the distributed map lists: reading items, writing results, running and redriving children. */
  #map({ ItemReader, ResultWriter, ItemProcessor, Label }: State, why: string): readonly Need[] {
    if (ItemProcessor?.ProcessorConfig.Mode !== 'DISTRIBUTED') return [];
    const results = `arn:aws:s3:::${ResultWriter?.Parameters?.Bucket}/${ResultWriter?.Parameters?.Prefix}/${SOME_OBJECT}`;
    return [
      need(this.#role, 's3:GetObject', `arn:aws:s3:::${ItemReader?.Parameters?.Bucket}/${SOME_PLAN}`, why),
      need(this.#role, 's3:CompleteMultipartUpload', results, why),
      ...['GetObject', 'ListMultipartUploadParts', 'AbortMultipartUpload'].map((action) =>
        need(this.#role, `s3:${action}`, results, why),
      ),
      need(this.#role, 'states:StartExecution', this.#arn, why),
      ...['DescribeExecution', 'StopExecution'].map((action) =>
        need(this.#role, `states:${action}`, this.#run('execution', ''), why),
      ),
      need(this.#role, 'states:RedriveExecution', this.#run('execution', `/${Label}`), why),
    ];
  }

  #run(kind: 'execution' | 'mapRun', label: string): string {
    return `${this.#arn.replace(':stateMachine:', `:${kind}:`)}${label}:5f2c`;
  }

  #labels(): readonly string[] {
    return statesOf(this.#definition).flatMap(([, { Label }]) => (Label === undefined ? [] : [Label]));
  }

  /** Those of the rule that starts the machine. */
  #workgroups(): readonly string[] {
    const rule = this.#templates
      .ofType('AWS::Events::Rule')
      .find(({ properties }) => properties.Targets.some(({ Arn }: { Arn: string }) => Arn === this.#arn));
    return rule?.properties.EventPattern.detail.workgroupName ?? [];
  }
}

/** States of a definition and of what it maps. */
const statesOf = (definition: Definition): readonly [string, State][] =>
  Object.entries(definition.States).flatMap(([name, state]): [string, State][] => [
    [name, state],
    ...(state.ItemProcessor === undefined ? [] : statesOf(state.ItemProcessor)),
  ]);

/** `{% 'athena-queries/year=' & ... %}` begins, whatever follows, with its first literal. */
const literalStart = (expression: string): string => /^\{% '([^']+)'/.exec(expression)?.[1] ?? expression;
