import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathOf, synthesize, type Template } from '../../test/support/synthesize';
import { VARIANTS } from '../../test/support/variants';

/** A template that lies in a file, for tools to read. */
export interface TemplateFile {
  readonly file: string;
  readonly variant: string;
  /** Where a resource is in its stage, by its logical id; the template itself for anything else. */
  readonly where: (logicalId: string | undefined) => string;
}

export const CANARY = 'canary.template.json';

/** Wrong in ways that each of the tools must see; one finding of cfn-lint is an error, one a warning, one informational. */
const CANARY_TEMPLATE = {
  Resources: {
    Bucket: { Type: 'AWS::S3::Bucket', Properties: { VersioningConfiguration: { Status: 'Sometimes' } } },
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      },
    },
    Policy: {
      Type: 'AWS::IAM::ManagedPolicy',
      DependsOn: ['Bucket'],
      Properties: {
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Action: '*', Resource: '*' },
            { Effect: 'Allow', Action: 's3:GetObject', Resource: { 'Fn::GetAtt': ['Bucket', 'Arn'] } },
          ],
        },
      },
    },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: 'arn:aws:iam::123456789012:role/x',
        Code: { ZipFile: 'exports.handler = () => {};' },
        Environment: { Variables: { NAME: 'value' } },
      },
    },
  },
};

/** Writes every stack of every variant, and the canary, into one folder. */
export function writeTemplates(folder: string): readonly TemplateFile[] {
  mkdirSync(folder);
  writeFileSync(join(folder, CANARY), JSON.stringify(CANARY_TEMPLATE, undefined, 1));
  return VARIANTS.flatMap((variant, index) =>
    synthesize(variant).map(({ id, template }) => {
      const file = `${index}-${id}.template.json`;
      writeFileSync(join(folder, file), JSON.stringify(template, undefined, 1));
      return { file, variant: variant.name, where: locator(id, template, variant.settings.name) };
    }),
  );
}

const locator =
  (id: string, { Resources }: Template, stageName: string): TemplateFile['where'] =>
  (logicalId) => {
    const resource = logicalId === undefined ? undefined : Resources[logicalId];
    return resource === undefined ? id : pathOf(resource, stageName);
  };
