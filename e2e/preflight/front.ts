import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Emulator } from '../emulator/ministack';

export interface Front {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** What an account says about itself that the emulator does not know. */
export interface Account {
  /** Whether Lake Formation leaves new databases and tables to IAM, as it does in an account where nobody changed that. */
  readonly leavesTablesToIam: boolean;
  /** Value of every quota of Service Quotas. */
  readonly quota: number;
  /** Lambda functions that may run at once, none of them reserved. */
  readonly concurrency: number;
}

/**
 * A server before the emulator that answers the calls which the emulator does not know, and passes on all others. It holds
 * nothing but these answers: what is asked of the emulator is the emulator's.
 */
export async function startFront(emulator: Emulator, account: Account): Promise<Front> {
  const server = createServer((asked, answered) => {
    void read(asked).then((body) => {
      const own = ownAnswer(operation(asked), body.toString('utf8'), account);
      if (own === undefined) return forward(emulator, asked, body, answered);
      answered.writeHead(200, { 'content-type': typeof own === 'string' ? 'application/xml' : 'application/json' });
      answered.end(typeof own === 'string' ? own : JSON.stringify(own));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function ownAnswer(asked: string, body: string, { leavesTablesToIam, quota, concurrency }: Account): unknown {
  switch (asked) {
    case 'POST /GetDataLakeSettings': {
      const everything = [
        { Principal: { DataLakePrincipalIdentifier: 'IAM_ALLOWED_PRINCIPALS' }, Permissions: ['ALL'] },
      ];
      const permissions = leavesTablesToIam ? everything : [];
      return {
        DataLakeSettings: {
          CreateDatabaseDefaultPermissions: permissions,
          CreateTableDefaultPermissions: permissions,
        },
      };
    }
    case 'GetServiceQuota':
      return { Quota: { Value: quota } };
    case 'GetDataCatalogEncryptionSettings':
      return { DataCatalogEncryptionSettings: { EncryptionAtRest: { CatalogEncryptionMode: 'DISABLED' } } };
    case 'GET /2016-08-19/account-settings':
      return { AccountLimit: { ConcurrentExecutions: concurrency, UnreservedConcurrentExecutions: concurrency } };
    case 'GET /v20180820/configuration/publicAccessBlock':
      return '<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>';
    case 'GetParameters': {
      const { Names } = JSON.parse(body) as { readonly Names: readonly string[] };
      const isPublic = Names.every((name) => name.startsWith('/aws/service/global-infrastructure/'));
      return isPublic ? { Parameters: Names.map((Name) => ({ Name, Value: 'here' })) } : undefined;
    }
    default:
      return undefined;
  }
}

function operation({ headers, method, url }: IncomingMessage): string {
  const target = headers['x-amz-target'];
  return typeof target === 'string' ? (target.split('.').at(-1) ?? '') : `${method} ${(url ?? '').split('?')[0]}`;
}

async function read(asked: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of asked) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function forward({ port }: Emulator, asked: IncomingMessage, body: Buffer, answered: ServerResponse): void {
  const { method, url, headers } = asked;
  const onward = request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
    answered.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(answered);
  });
  onward.on('error', () => answered.destroy());
  onward.end(body);
}
