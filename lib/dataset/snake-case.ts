/**
 * The snake case of a name in camel or Pascal case: `eventID` is `event_id`, `PULocationID` is `pu_location_id` and
 * `HTTPStatusCode` is `http_status_code`. A word begins at a capital after a small letter or digit, and at the last capital
 * of several before a small letter; the `s` of a plural stays with its capitals (`userIDs` is `user_ids`). Hyphens, dots and
 * blanks become underscores. A name in snake case stays as it is.
 */
export function snakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])(?=[A-Z](?!s(?![a-z]))[a-z])/g, '$1_')
    .replace(/[-. ]/g, '_')
    .toLowerCase();
}

/** Whether a name of the input is one that `columnNames: 'snake'` takes for a column. */
export const isSpelling = (name: string, column: string): boolean => name === column || snakeCase(name) === column;
