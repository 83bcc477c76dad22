import { iamAction } from './actions';
import { translate } from './errors';

/** What reading commands may ask of an account. Everything else is refused before a request is made. */
const READ_ONLY = /^(?:Get|List|Describe|Head)[A-Z]/;

/** As much of a client of the SDK as the guard touches; the clients' own types differ in all else. */
export interface Guardable {
  readonly config: { readonly serviceId: string };
  readonly middlewareStack: {
    add(middleware: never, options: { step: 'initialize'; name: string; priority: 'high' }): void;
  };
}

type Next = (args: unknown) => Promise<unknown>;

/** Called with the IAM action of every call before it is made. */
export type Observer = (action: string) => void;

/**
 * Makes a client refuse every call that is not a reading one, and speak of permissions by their IAM names.
 *
 * @param allowed the commands that are not refused, by their names without `Command`. @default those that read
 */
export function guard<T extends Guardable>(client: T, observe: Observer = () => {}, allowed = READ_ONLY): T {
  const { serviceId } = client.config;
  const middleware = (next: Next, context: { commandName?: string }) => async (args: unknown) => {
    const command = (context.commandName ?? '').replace(/Command$/, '');
    if (!allowed.test(command)) throw new Error(`This command only reads, but got ${serviceId} ${command}.`);
    const action = iamAction(serviceId, command);
    observe(action);
    try {
      return await next(args);
    } catch (error) {
      throw translate(error, serviceId, action);
    }
  };
  client.middlewareStack.add(middleware as never, { step: 'initialize', name: 'readOnly', priority: 'high' });
  return client;
}
