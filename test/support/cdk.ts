import { App, type AppProps } from 'aws-cdk-lib';
import { context as featureFlags } from '../../cdk.json';

/**
 * An app as `cdk synth` would build it: with the feature flags of cdk.json. Lambda bundling and the CloudFormation validator
 * are off, because they cost seconds; one suite of their own runs them.
 */
export const testApp = (context: Record<string, unknown> = {}, props: AppProps = {}): App =>
  new App({
    builtinCloudFormationValidation: false,
    ...props,
    context: { ...featureFlags, 'aws:cdk:bundling-stacks': [], ...context },
  });
