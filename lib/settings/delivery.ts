import type { Dataset } from '../dataset/model';
import { unknownDatasets } from './datasets';
import type { StageProblem } from './errors';
import type { DeliveryDefinition, StageSettings } from './model';
import { checkKeys, type Report, show } from './report';

/** Whose resources may deliver, by dataset. */
export function resolveDelivery(
  given: Readonly<Record<string, DeliveryDefinition>>,
  report: Report,
): StageSettings['delivery'] {
  return Object.fromEntries(
    Object.entries(given).map(([dataset, definition]) => {
      const path = `delivery.${dataset}`;
      checkKeys(definition, ['accounts'], `${path}.`, report);
      const { accounts = [] } = definition;
      if (accounts.length === 0)
        report(path, 'names no account', 'name one, or leave it out for the account of the lake');
      accounts.forEach((account, index) => {
        const at = `${path}.accounts[${index}]`;
        if (!/^\d{12}$/.test(String(account)) || typeof account !== 'string') {
          report(at, `${show(account)} is not an account id`, 'write twelve digits in quotes');
        }
        if (accounts.indexOf(account) !== index) report(at, `repeats ${show(account)}`, 'remove it');
      });
      return [dataset, { accounts }];
    }),
  );
}

/** Services that deliver within one account only, and why. */
const OWN_ACCOUNT = {
  firehose: 'has a role of the account that its stream is in',
  's3-access-logs': 'has its buckets in one account',
} as const;

/** Checks of a stage's deliveries that need the datasets. */
export function deliveryProblems({ delivery }: StageSettings, datasets: readonly Dataset[]): StageProblem[] {
  const names = datasets.map(({ name }) => name);
  return Object.keys(delivery).flatMap((name) => {
    const field = `delivery.${name}`;
    const dataset = datasets.find((one) => one.name === name);
    if (dataset === undefined) {
      return unknownDatasets(field, [name], names).map((problem) => ({ ...problem, field }));
    }
    const { delivery: service } = dataset;
    if (service === undefined) {
      const problem = 'no service delivers this dataset';
      return [{ field, problem, fix: 'remove it, or write the service as delivery of the dataset' }];
    }
    const reason = service in OWN_ACCOUNT ? OWN_ACCOUNT[service as keyof typeof OWN_ACCOUNT] : undefined;
    return reason === undefined ? [] : [{ field, problem: `${service} ${reason}`, fix: 'remove it' }];
  });
}
