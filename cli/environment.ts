/** Variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

// Advice about Node 20 that would stand between the lines of every command; the SDK has no other switch for it.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

/** The environment of this process. No other file of the commands reads it, and nothing changes it. */
export const environment = (): Environment => process.env;
