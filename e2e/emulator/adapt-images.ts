import type { Template } from './filter-template';

/** What the run says about it. */
export const ADAPTED_IMAGES =
  "Parameters of machine images: the emulator does not have AWS's public parameters of Systems Manager, so that they hold an " +
  'invented id.';

interface Parameter {
  readonly Type: string;
  readonly Default?: string;
}

const IMAGE_BY_NAME = 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>';

/** Gives the id of an image to every parameter that looks one up. @returns the template and how many were changed */
export function adaptImages(template: Template): { template: Template; adapted: number } {
  const { Parameters = {} } = template as { readonly Parameters?: Readonly<Record<string, Parameter>> };
  const images = Object.entries(Parameters).filter(([, { Type }]) => Type === IMAGE_BY_NAME);
  if (images.length === 0) return { template, adapted: 0 };
  const changed = images.map(([id, parameter]): [string, Parameter] => [
    id,
    { ...parameter, Type: 'String', Default: 'ami-0123456789abcdef0' },
  ]);
  return {
    template: { ...template, Parameters: { ...Parameters, ...Object.fromEntries(changed) } } as Template,
    adapted: images.length,
  };
}
