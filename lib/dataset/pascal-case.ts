/** `web-shop`, `web_shop`: `WebShop`. Ids in templates and names of types take no hyphens and no underscores. */
export const pascalCase = (name: string): string =>
  name
    .split(/[-_]/)
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join('');
