/** Where S3 is. What is left out, the SDK finds by its standard rules. */
export interface S3Settings {
  /** `AWS_ENDPOINT_URL_S3`, else `AWS_ENDPOINT_URL`. @default the region's own */
  readonly endpoint?: string | undefined;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/**
 * What a client of the SDK is made with. An endpoint that is not AWS's own is addressed by path, because
 * `bucket.localhost` seldom resolves.
 */
export const s3ClientConfig = ({ endpoint, region, credentials }: S3Settings) => ({
  ...(endpoint === undefined ? {} : { endpoint }),
  ...(region === undefined ? {} : { region }),
  ...(credentials === undefined ? {} : { credentials, useDualstackEndpoint: false, useFipsEndpoint: false }),
  forcePathStyle: endpoint !== undefined && !new URL(endpoint).hostname.endsWith('amazonaws.com'),
});
