/**
 * Test files run in the realm of their worker process, as code runs in production: an `Error` of a package is an `Error` of
 * ours, globals cost nothing to reach, and what is compiled stays compiled. Jest's own environment makes a realm for each
 * file instead, with a proxy around its globals. What a file changes of the process is put back when it ends.
 */
const { AsyncLocalStorage } = require('node:async_hooks');
const { ModernFakeTimers } = require('@jest/fake-timers');
const { ModuleMocker } = require('jest-mock');

/** Globals of packages, which stay loaded as long as the worker, see runtime.js. */
const OF_PACKAGES = /^(?:@aws-cdk\/.+|__cdkTokenMap|jsii\..+|undici\..+|awslambda)$/;

class OneRealmEnvironment {
  constructor({ projectConfig }) {
    const { exitCode } = process;
    this.restore = [
      remember(globalThis),
      remember(process),
      remember(process.env),
      rememberListeners(),
      rememberStorages(),
    ];
    this.restore.push(() => {
      process.exitCode = exitCode;
    });
    this.global = globalThis;
    this.moduleMocker = new ModuleMocker(globalThis);
    this.fakeTimers = null;
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
  }

  async setup() {
    // Node's own number. Jest sets 100, and the CDK takes a stack trace of each element that it makes.
    Error.stackTraceLimit = 10;
  }

  async teardown() {
    this.fakeTimersModern.dispose();
    for (const restore of this.restore.reverse()) restore();
  }

  exportConditions() {
    return ['node', 'node-addons'];
  }

  /** There is no other context than the worker's. */
  getVmContext() {
    return null;
  }
}

/** @returns a function that gives the object the own properties again that it has now */
function remember(object) {
  const before = new Map(Reflect.ownKeys(object).map((key) => [key, Object.getOwnPropertyDescriptor(object, key)]));
  return () => {
    for (const key of Reflect.ownKeys(object)) {
      const name = typeof key === 'symbol' ? (key.description ?? '') : key;
      if (!before.has(key) && !OF_PACKAGES.test(name)) Reflect.deleteProperty(object, key);
    }
    for (const [key, descriptor] of before) {
      const now = Object.getOwnPropertyDescriptor(object, key);
      if (now?.value !== descriptor.value || now?.get !== descriptor.get)
        Reflect.defineProperty(object, key, descriptor);
    }
  };
}

/** @returns a function that removes the listeners of the process that are not there yet */
function rememberListeners() {
  const before = new Set(process.eventNames().flatMap((event) => process.rawListeners(event)));
  return () => {
    for (const event of process.eventNames()) {
      for (const listener of process.rawListeners(event)) {
        if (!before.has(listener)) process.removeListener(event, listener);
      }
    }
  };
}

/**
 * The part of Jest that runs tests is loaded for each file, and each time makes a storage, which stays enabled. Node.js before 24
 * goes through all of them for every promise: the last files of a worker took many times as long as the first.
 *
 * @returns a function that disables the storages that were used since; whoever uses one again enables it
 */
function rememberStorages() {
  const { run } = AsyncLocalStorage.prototype;
  const used = new Set();
  AsyncLocalStorage.prototype.run = function (...given) {
    used.add(this);
    return run.apply(this, given);
  };
  return () => {
    AsyncLocalStorage.prototype.run = run;
    for (const storage of used) storage.disable();
  };
}

module.exports = OneRealmEnvironment;
