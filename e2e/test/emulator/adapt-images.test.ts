import { adaptImages } from '../../emulator/adapt-images';

const other = { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/cdk-bootstrap/x/version' };

test('gives an id to parameters that look an image up, and leaves others alone', () => {
  const image = {
    Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>',
    Default: '/aws/service/ami',
    Description: 'd',
  };
  const template = { Resources: {}, Parameters: { image, other } };

  expect(adaptImages(template)).toEqual({
    template: {
      Resources: {},
      Parameters: { image: { Type: 'String', Default: 'ami-0123456789abcdef0', Description: 'd' }, other },
    },
    adapted: 1,
  });
});

test('changes no template without one', () => {
  for (const template of [{ Resources: {} }, { Resources: {}, Parameters: { other } }]) {
    expect(adaptImages(template)).toEqual({ template, adapted: 0 });
  }
});
