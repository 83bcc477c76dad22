import { ListWebACLsCommand } from '@aws-sdk/client-wafv2';
import { onAnything } from '../permission';
import type { NamedType } from './named-type';

/** There is one list of a region's, and no look-up by name. */
export const webAcls: NamedType = {
  type: 'AWS::WAFv2::WebACL',
  thing: 'web ACL',
  property: ['Name'],
  permissions: () => onAnything('wafv2:ListWebACLs'),
  async existing({ aws }, resources) {
    const names = new Set<string>();
    let NextMarker: string | undefined;
    do {
      const page = await aws.waf.send(
        new ListWebACLsCommand({ Scope: 'REGIONAL', Limit: 100, ...(NextMarker === undefined ? {} : { NextMarker }) }),
      );
      for (const { Name = '' } of page.WebACLs ?? []) names.add(Name);
      NextMarker = page.NextMarker;
    } while (NextMarker !== undefined);
    return resources.filter(({ name }) => names.has(name));
  },
};
