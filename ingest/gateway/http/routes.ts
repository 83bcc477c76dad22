import type { Problem } from './problems';

/** Longer ones are refused with 414. The longest valid one has a few hundred bytes. */
export const LONGEST_URL = 2_048;

export const LONG_URL: Problem = {
  status: 414,
  code: 'url-too-long',
  detail: `the URL is longer than ${LONGEST_URL} bytes`,
};

const ROUTES: readonly { readonly path: RegExp; readonly methods: readonly string[] }[] = [
  { path: /^\/(?:healthz|readyz|metrics|openapi\.json)$/, methods: ['GET', 'HEAD'] },
  { path: /^\/v1\/datasets\/[^/]+\/events$/, methods: ['POST'] },
];

/** @returns undefined when the path does not exist, or allows the method */
export function wrongMethod(method: string, url: string): Problem | undefined {
  const path = url.split('?', 1)[0] as string;
  const methods = ROUTES.find((route) => route.path.test(path))?.methods;
  if (methods === undefined || methods.includes(method)) return undefined;
  const allow = methods.join(', ');
  return { status: 405, code: 'wrong-method', detail: `this path takes ${allow}`, headers: { Allow: allow } };
}
