import type { Dataset } from '../../lib/dataset';
import { eventSchema, partitionHeader } from './events/validator';
import { MAX_RESULT_BYTES, MAX_RESULTS } from './http/results';
import type { LimitSettings } from './settings';

/** An OpenAPI 3.1 document of the gateway, with the schemas of the given datasets. */
export function openApiDocument(
  datasets: readonly Dataset[],
  limits: LimitSettings,
): Readonly<Record<string, unknown>> {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Ingest',
      version: '1',
      description: 'Accepts events into the lake. A 200 means that every event is durable.',
    },
    security: [{ bearer: [] }],
    paths: Object.fromEntries(
      datasets.map((dataset) => [`/v1/datasets/${dataset.name}/events`, eventsPath(dataset, limits)]),
    ),
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: {
        Answer: ANSWER,
        Problem: PROBLEM,
        ...Object.fromEntries(datasets.map((dataset) => [dataset.name, componentSchema(dataset)])),
      },
    },
  };
}

/** Without `$schema`: within the document its own dialect applies. */
function componentSchema(dataset: Dataset): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = eventSchema(dataset);
  return schema;
}

function eventsPath(dataset: Dataset, limits: LimitSettings): Readonly<Record<string, unknown>> {
  const event = { $ref: `#/components/schemas/${dataset.name}` };
  const parameter = (name: string, where: 'query' | 'header', description: string, schema: object): object => ({
    name,
    in: where,
    required: false,
    description,
    schema,
  });
  return {
    post: {
      operationId: `post_${dataset.name}`,
      summary: dataset.description,
      parameters: [
        parameter('mode', 'query', 'Whether one invalid event prevents the others from being stored.', {
          type: 'string',
          enum: ['each', 'all-or-nothing'],
          default: 'each',
        }),
        parameter('results', 'query', 'all: a result for each event, not only for those that are not durable.', {
          type: 'string',
          enum: ['problems', 'all'],
          default: 'problems',
        }),
        parameter(
          'Idempotency-Key',
          'header',
          'Must be the same for each attempt to send the same events in the same order.',
          {
            type: 'string',
            minLength: 1,
            maxLength: 200,
          },
        ),
        parameter('Content-Encoding', 'header', 'Absent or gzip.', { type: 'string', enum: ['gzip', 'identity'] }),
        ...dataset.partition.leading.map((key) =>
          parameter(partitionHeader(key.name), 'header', `Partition key ${key.name} of every event.`, {
            type: 'string',
            ...(key.kind === 'enum' ? { enum: key.values } : {}),
          }),
        ),
      ],
      requestBody: {
        required: true,
        description: `At most ${limits.events} events and ${limits.bodyBytes} bytes.`,
        content: {
          'application/json': {
            schema: { oneOf: [event, { type: 'array', items: event, minItems: 1, maxItems: limits.events }] },
          },
          'application/x-ndjson': { schema: { type: 'string', description: 'One event per line.' } },
        },
      },
      responses: {
        '200': response('Every event is durable.', 'Answer'),
        '207': response('Some events are durable, the others are invalid.', 'Answer'),
        '400': response('A header is wrong, or the body is not a list of events.', 'Problem'),
        '401': response('The token is missing or not valid.', 'Problem'),
        '403': response('The token has no role for the dataset.', 'Problem'),
        '408': response('The request was not sent in time, or its body arrived too slowly: send it again.', 'Problem'),
        '409': response('No event was stored: each id already belongs to another event.', 'Answer'),
        '413': response('The request is too large.', 'Problem'),
        '415': response('The body is neither JSON nor NDJSON, or has another encoding than gzip.', 'Problem'),
        '422': response('No event was stored: none is valid, or one is invalid with mode=all-or-nothing.', 'Answer'),
        '429': response(
          'The rate limit is exceeded, or too much was sent at once: send it again after Retry-After.',
          'Problem',
        ),
        '503': retryResponse,
      },
    },
  };
}

function response(description: string, schema: 'Answer' | 'Problem'): object {
  const type = schema === 'Answer' ? 'application/json' : 'application/problem+json';
  return { description, content: { [type]: { schema: { $ref: `#/components/schemas/${schema}` } } } };
}

const retryResponse = {
  description:
    'Some events are not known to be durable, or the node is overloaded: send all of them again after Retry-After.',
  content: {
    'application/json': { schema: { $ref: '#/components/schemas/Answer' } },
    'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
  },
};

const COUNT = { type: 'integer', minimum: 0 };

const STATUSES = ['stored', 'duplicate', 'conflict', 'rejected', 'failed', 'skipped'];
/** First and last position of each range. */
const RANGES = { type: 'array', items: { type: 'array', items: COUNT, minItems: 2, maxItems: 2 } };

const ANSWER = {
  type: 'object',
  required: ['requestId', 'stored', 'duplicates', 'conflicts', 'rejected', 'failed', 'skipped', 'results'],
  properties: {
    requestId: { type: 'string' },
    stored: COUNT,
    duplicates: COUNT,
    conflicts: COUNT,
    rejected: COUNT,
    failed: COUNT,
    skipped: COUNT,
    results: {
      type: 'array',
      maxItems: MAX_RESULTS,
      description: `At most ${MAX_RESULTS} entries and ${MAX_RESULT_BYTES} bytes; omitted has the other events.`,
      items: {
        type: 'object',
        required: ['index', 'status'],
        properties: {
          index: { ...COUNT, description: 'Position in the request, from 0.' },
          line: { type: 'integer', minimum: 1, description: 'Line of NDJSON, from 1.' },
          status: { type: 'string', enum: STATUSES },
          httpStatus: { const: 409, description: 'conflict: the id already belongs to another event.' },
          code: { type: 'string' },
          field: { type: 'string' },
          message: { type: 'string' },
        },
      },
    },
    omitted: {
      type: 'object',
      description: 'Events that are not in results because there are too many, by status, as ranges of positions.',
      properties: Object.fromEntries(STATUSES.map((status) => [status, RANGES])),
      additionalProperties: false,
    },
  },
};

const PROBLEM = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'requestId'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    requestId: { type: 'string' },
  },
};
