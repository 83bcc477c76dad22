import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import type { SmokeCheck } from '../check';

/** The newest runtime of Lambda that the stacks ask for. */
const RUNTIME = 'nodejs24.x';

/** Lambda took the functions as the stage declares them. That their code runs on it, `compaction` shows. Costs nothing. */
export const functions: SmokeCheck = {
  id: 'functions',
  proves: `planner and compactor are active, on ${RUNTIME} and the architecture of the stage`,
  answers: { 'AWS::Lambda::Function': ['Node.js 24'] },
  permissions: ['lambda:GetFunctionConfiguration'],
  async run({ resources, clients, settings, isEmulated }) {
    const { architecture } = settings.compaction;
    const own = (await resources('compaction')).filter(
      ({ type, logicalId }) => type === 'AWS::Lambda::Function' && /^(?:Planner|Compactor)/.test(logicalId),
    );
    if (own.length !== 2) throw new Error(`the stack has ${own.length} functions of compaction instead of 2`);
    for (const { id } of own) {
      const found = await clients.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: id }));
      const seen = [found.Runtime, found.Architectures?.join(), found.State];
      const wanted = [RUNTIME, architecture, 'Active'];
      if (seen.join() !== wanted.join()) throw new Error(`${id} is ${seen.join(', ')} instead of ${wanted.join(', ')}`);
    }
    return `${RUNTIME} on ${architecture}${isEmulated ? ', as the emulator says' : ''}`;
  },
};
