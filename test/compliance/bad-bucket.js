// Loaded before bin/lake.ts: puts a bucket that keeps no rule into the very app that it builds, at the last moment.
const { App, Stack } = require('aws-cdk-lib');
const { CfnBucket } = require('aws-cdk-lib/aws-s3');

const { synth } = App.prototype;
App.prototype.synth = function (...options) {
  if (this.node.tryFindChild('Bad') === undefined) new CfnBucket(new Stack(this, 'Bad'), 'Bucket');
  return synth.apply(this, options);
};
