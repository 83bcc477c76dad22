import { type Check, error, ok, skipped } from '../../cli/preflight/check';

/** The CDK builds the image of the gateway when it deploys, perhaps after other stacks are there already. */
export const imageBuild: Check = {
  id: 'image-build',
  permissions: () => [],
  async run({ assembly, machine, settings }) {
    if (!assembly.stacks.some(({ buildsImages }) => buildsImages)) return [skipped('not needed: no image is built')];
    const problem = await machine.imageBuildProblem();
    if (problem === undefined) return [ok('the image of the ingest gateway can be built here')];
    return [
      error(
        `the image of the ingest gateway cannot be built here: ${problem}`,
        'Start Docker, or set CDK_DOCKER to a program that understands its commands. Without one: build and push the image ' +
          `elsewhere, and name it in ingest.image of config/stages/${settings.name}.ts.`,
      ),
    ];
  },
};
