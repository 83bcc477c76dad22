const { createRequire, isBuiltin } = require('node:module');
const { Script } = require('node:vm');
const { default: Runtime } = require('jest-runtime');

/** Names of packages, as against paths. */
const PACKAGE = /^(?:@[\w-]+\/)?[\w-]/;

/** Compiled files. They are the same for each test file, and only what they define is new. */
const compiled = new Map();

/**
 * Each test file has its own instance of each of our modules, as ever; packages are loaded once a worker, by Node itself.
 * Loading the CDK, the AWS SDK and DuckDB again for each file took more time than all tests.
 */
class SharedPackagesRuntime extends Runtime {
  constructor(...args) {
    super(...args);
    const [, environment] = args;
    this.isOneRealm = environment.getVmContext() === null;
    if (!this.isOneRealm) return; // another environment than environment.js: all is as in Jest
    const { executor } = this;
    const head = `(function (${executor.injectedModuleParameters.join(', ')}) {`;
    executor.compile = (source, filename) => {
      let file = compiled.get(filename);
      if (file?.source !== source) {
        file = { source, script: new Script(`${head}${source}\n})`, { filename, columnOffset: -head.length }) };
        compiled.set(filename, file);
      }
      return file.script.runInThisContext();
    };
  }

  requireModule(from, name, options, isRequireActual) {
    const isPackage = name !== undefined && PACKAGE.test(name) && !isBuiltin(name);
    if (this.isOneRealm && isPackage && options?.isInternalModule !== true) {
      try {
        return createRequire(from)(name);
      } catch (error) {
        // A package that has ES modules only is left to Jest, which transforms it.
        if (error.code !== 'ERR_REQUIRE_ESM' && error.code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED') throw error;
      }
    }
    return super.requireModule(from, name, options, isRequireActual);
  }
}

module.exports = SharedPackagesRuntime;
