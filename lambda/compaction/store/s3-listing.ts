import { buffer } from 'node:stream/consumers';
import {
  type _Object,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { decodeUrl, parseListPage } from './list-page';
import type { ListPage, ObjectInfo, PageRequest } from './object-store';
import { PagedListing } from './paged-listing';

/** Lists through the SDK, which signs, retries and reports errors; `parseListPage` parses the responses. */
export class S3Listing extends PagedListing {
  readonly #client: S3Client;

  constructor(client: S3Client) {
    super();
    this.#client = client;
  }

  async listPage(bucket: string, prefix: string, { after, token, folders }: PageRequest): Promise<ListPage> {
    const command = new ListObjectsV2Command({
      Bucket: bucket,
      Prefix: prefix,
      StartAfter: after,
      ContinuationToken: token,
      Delimiter: folders === true ? '/' : undefined,
    } satisfies ListObjectsV2CommandInput);
    const parsed: { page?: ListPage } = {};
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        const response = result.response as { statusCode: number; body: NodeJS.ReadableStream | Uint8Array };
        if (response.statusCode !== 200 || response.body instanceof Uint8Array) return result;
        const body = await buffer(response.body);
        const page = parseListPage(body.toString('utf8'));
        // The SDK is left with next to nothing to parse, or with the whole response.
        response.body = page === undefined ? body : NOTHING;
        if (page !== undefined) parsed.page = page;
        return result;
      },
      // Runs after everything that the SDK does with a response, within its retries.
      { step: 'deserialize', name: 'readListPage', priority: 'low' },
    );
    const output = await this.#client.send(command);
    return parsed.page ?? pageOf(output);
  }
}

const NOTHING = Buffer.from('<ListBucketResult/>');

function pageOf(output: ListObjectsV2CommandOutput): ListPage {
  const decode = output.EncodingType === 'url' ? decodeUrl : (text: string): string => text;
  return {
    objects: (output.Contents ?? []).map((item) => objectInfo(item, decode)),
    folders: (output.CommonPrefixes ?? []).map(({ Prefix }) => decode(required(Prefix))),
    token: output.IsTruncated === true ? required(output.NextContinuationToken) : undefined,
  };
}

function objectInfo(item: _Object, decode: (text: string) => string): ObjectInfo {
  return {
    key: decode(required(item.Key)),
    etag: required(item.ETag),
    size: required(item.Size),
    lastModified: required(item.LastModified),
  };
}

/** @throws Error when S3 left out what its protocol requires */
export function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('S3 answered without a field that its protocol requires');
  return value;
}
