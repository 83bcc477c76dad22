import { type Report, show } from './report';

/** Checks mail addresses that SNS subscribes: each of the right form, none twice. */
export function resolveEmails(field: string, emails: readonly string[], report: Report): readonly string[] {
  emails.forEach((email, index) => {
    if (!/^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/.test(email)) {
      report(
        `${field}[${index}]`,
        `${show(email)} is not a mail address`,
        "write an address such as 'data@example.com'",
      );
    }
    if (emails.indexOf(email) !== index) report(`${field}[${index}]`, `repeats ${show(email)}`, 'remove it');
  });
  return emails;
}
