import { INGEST } from '../../ingest/e2e/exceptions'; // with ingest
import { type Exception, group } from './finding';

const PLANNER = 'Compaction/Planner/Function/Resource';
const COMPACTOR = 'Compaction/Compactor/Function/Resource';
const EMPTIER = 'Storage/Custom::S3AutoDeleteObjectsCustomResourceProvider/Handler';

/** What the tools find and we leave as it is. The list is short on purpose: mend the template or the source first. */
export const EXCEPTIONS: readonly Exception[] = [
  ...INGEST, // with ingest
  ...group(
    'cfn-lint',
    'It is to be false: CloudFormation refuses a stage that holds example values, and a stage without them has no such rule.',
    [['W8003', 'Storage']],
  ),
  ...group(
    'cfn-lint',
    'The CDK orders the resource behind its role, which the reference to the role does already: redundant and harmless.',
    [
      ['W3005', PLANNER],
      ['W3005', COMPACTOR],
      ['W3005', 'Compaction/Pipeline/StateMachine/Resource'],
      ['W3005', 'Query/QueryLog/Machine/Resource'],
      ['W3005', EMPTIER],
    ],
  ),
  ...group(
    'cfn-lint',
    'A first run needs all policies of its construct: the dependency on the whole of it includes what a reference orders already.',
    [
      ['W3005', 'Compaction/Schedules/Policy/Resource'],
      ['W3005', 'Compaction/Schedules/Compact/Resource'],
      ['W3005', 'Compaction/Schedules/Maintain/Resource'],
    ],
  ),
  ...group(
    'checkov',
    'Calls S3, KMS and SQS only, over TLS and by IAM, and listens to nobody: docs/decisions/controls-left-off.md says when ' +
      'to put it into a VPC.',
    [
      ['CKV_AWS_117', PLANNER],
      ['CKV_AWS_117', COMPACTOR],
    ],
  ),
  ...group(
    'checkov',
    'A run starts one planner, and MaxConcurrency of the map caps the compactors. A reservation fails in a new account, ' +
      'whose quota is 10; the setting reservedConcurrency makes one for the compactor.',
    [
      ['CKV_AWS_115', PLANNER],
      ['CKV_AWS_115', COMPACTOR],
    ],
  ),
  ...group(
    'checkov',
    'Names of buckets and sizes, which the outputs of the stacks show as well: no secret. Lambda encrypts them with its ' +
      'own key; with ours each cold start would need KMS.',
    [
      ['CKV_AWS_173', PLANNER],
      ['CKV_AWS_173', COMPACTOR],
    ],
  ),
  ...group(
    'checkov',
    "The CDK's own function, there only when data may be deleted: CloudFormation invokes it, waits for its answer and " +
      'reports its failure. It has no settings for these.',
    [
      ['CKV_AWS_115', EMPTIER],
      ['CKV_AWS_116', EMPTIER],
      ['CKV_AWS_117', EMPTIER],
    ],
  ),
  ...group('checkov', 'The target of the access logs. Logging its own access into itself would never end.', [
    ['CKV_AWS_18', 'Storage/Logs/Resource'],
  ]),

  ...group('njsscan', 'Spreads retries in time. Whoever could predict the wait would gain nothing.', [
    [
      'node_insecure_random_generator',
      'lambda/compaction/limits/backoff.ts: Math.random() * Math.min(maximum, first * 2 ** attempt);',
    ],
  ]),
  ...group(
    'njsscan',
    "S3's ETags and Content-MD5 are MD5, so the loopback server computes it. Nothing is trusted for it.",
    [
      ['node_md5', "packages/s3-loopback/src/body.ts: readonly #md5 = createHash('md5');"],
      ['node_md5', "packages/s3-loopback/src/files.ts: const hash = createHash('md5');"],
      ['node_md5', "packages/s3-loopback/src/operations/complete.ts: const hash = createHash('md5');"],
      [
        'node_md5',
        "packages/s3-loopback/src/operations/copy.ts: const md5 = version.etag.includes('-') ? createHash('md5') : undefined;",
      ],
      ['node_md5', "packages/s3-loopback/src/operations/multipart.ts: const md5 = createHash('md5');"],
    ],
  ),
  ...group(
    'njsscan',
    "The text 'aws4_request' is a constant of Signature Version 4; the key it is hashed with comes from outside.",
    [
      [
        'node_secret',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a line of the source, as it is
        "packages/s3-loopback/src/signature.ts: return hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, date), region), 's3'), 'aws4_request');",
      ],
    ],
  ),
  ...group('njsscan', 'Asks whether a listing goes on. A continuation token is not secret.', [
    [
      'node_timing_attack',
      'lambda/compaction/planning/folders.ts: if (token !== undefined) this.#settled.push(this.#leaf(prefix));',
    ],
  ]),
  ...group('njsscan', 'Compares a continuation token with its own spelling. Neither side is secret.', [
    ['node_timing_attack', 'packages/s3-loopback/src/operations/list.ts: if (encodeToken(position) !== token) {'],
  ]),
  ...group(
    'njsscan',
    'The name of an error, from the SDK of AWS; the pattern is a list of words, without repetition.',
    [
      ['regex_dos', 'cli/preflight/aws/errors.ts: const bad = CREDENTIALS.find(({ code }) => code.test(cause.name));'],
      [
        'regex_dos',
        'cli/preflight/aws/errors.ts: if (NOT_ACTIVATED.test(cause.name)) return new ServiceNotActivated(service, { cause });',
      ],
      [
        'regex_dos',
        'cli/preflight/aws/errors.ts: if (NOT_OFFERED.test(cause.name) && status !== 301) return new NotOffered(action, { cause });',
      ],
      [
        'regex_dos',
        'cli/preflight/aws/errors.ts: if (DENIED.test(cause.name) || status === 403) return new MissingPermission(action, { cause });',
      ],
    ],
  ),
  ...group(
    'njsscan',
    'Only keys that are placed in a partition get here, and none of those has a segment that begins with a dot.',
    [
      [
        'join_resolve_path_traversal',
        'cli/input/preserve.ts: const folder = dirname(join(lake.before, BUCKETS.raw, key));',
      ],
      ['join_resolve_path_traversal', 'cli/input/preserve.ts: const path = join(lake.before, BUCKETS.raw, key);'],
      ['join_resolve_path_traversal', 'cli/input/preserve.ts: const stored = join(lake.root, BUCKETS.raw, key);'],
      [
        'join_resolve_path_traversal',
        'cli/input/readable.ts: const path = join(lake.before, BUCKETS.raw, object.key);',
      ],
    ],
  ),
  ...group('njsscan', 'No part of the path comes from outside: folders of the lake, a checked name of a dataset.', [
    [
      'join_resolve_path_traversal',
      'cli/input/quarantined.ts: const root = join(lake.root, BUCKETS.quarantine, rejectedLinesPrefix(dataset.name));',
    ],
    ['join_resolve_path_traversal', "cli/input/readable.ts: const folder = join(lake.scratch, 'readable');"],
    [
      'join_resolve_path_traversal',
      "cli/input/quarantined.ts: const key = relative(join(lake.root, BUCKETS.quarantine), join(entry.parentPath, entry.name)).split('\\\\').join('/');",
    ],
  ]),
  ...group(
    'njsscan',
    'Opens the folder of a checked key, link by link: this is the check that keeps a path inside the bucket.',
    [
      [
        'join_resolve_path_traversal',
        'packages/s3-loopback/src/no-links.ts: inFolder(dirname(path), (folder) => act(join(folder, basename(path))));',
      ],
    ],
  ),
  ...group('njsscan', 'The last part of a key alone, behind a number and a hyphen: it cannot lead out of the folder.', [
    [
      'join_resolve_path_traversal',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a line of the source, as it is
      "cli/input/readable.ts: const copy = join(folder, `${index}-${basename(object.key).replace(/(\\.(gz|gzip|zst|zstd))?$/i, '')}`);",
    ],
  ]),
  ...group(
    'njsscan',
    'The pattern has no repetition within a repetition that could match the same text twice: time is linear.',
    [
      ['regex_dos', 'lambda/compaction/download/request-signer.ts: const probe = await buildRequest(client, bucket);'],
      [
        'regex_dos',
        'lambda/compaction/engine/parquet-input.ts: if (OF_THE_MACHINE.test((error as Error).message)) return error as Error;',
      ],
      ['regex_dos', 'lib/settings/emails.ts: if (!/^[^\\s@]+@[^\\s@.]+(?:\\.[^\\s@.]+)+$/.test(email)) {'],
      [
        'regex_dos',
        "cli/input/event-time.ts: return typeof value === 'string' && /^\\d{4}-\\d\\d-\\d\\d$/.test(value)",
      ],
      [
        'regex_dos',
        "cli/input/place.ts: const csvMillis = typeof value === 'string' && /^-?\\d+$/.test(value) ? Number(value) : value;",
      ],
      ['regex_dos', 'packages/s3-loopback/src/auth.ts: if (SIGNATURE.test(content)) return { sha256: content };'],
    ],
  ),

  ...group('checkov secrets', 'Credentials of the loopback server; the text says itself that it is no secret.', [
    ['CKV_SECRET_6', 'cli/lake.ts: text with the digest a2a50a09'],
  ]),
  ...group('checkov secrets', 'The published SHA-256 checksum of a text, not a key.', [
    ['CKV_SECRET_6', 'packages/s3-loopback/test/contract/objects.ts: text with the digest ea59d0ef'],
  ]),
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: lines of the sources, as they are
  ...group('njsscan', 'The person at this machine names the file, or no part of the path comes from outside.', [
    ['join_resolve_path_traversal', 'cli/new-dataset/cut-samples.ts: const file = found.files[index];'],
    [
      'join_resolve_path_traversal',
      "cli/new-dataset/new-dataset.ts: resolve(options.out ?? join(PROJECT, 'config', 'datasets', `${dataset}.ts`));",
    ],
    [
      'join_resolve_path_traversal',
      "cli/new-dataset/read-rows.ts: const file = join(await mkdtemp(join(scratch, 'parquet-')), 'sample.parquet');",
    ],
    [
      'join_resolve_path_traversal',
      "cli/input/erased.ts: const folder = join(evidence.lake.scratch, 'erased', encodeURIComponent(nameOf(ref)));",
    ],
    ['join_resolve_path_traversal', 'cli/tables/projection.ts: const folder = join(root, bucketPath(table.location));'],
    [
      'join_resolve_path_traversal',
      'cli/tables/views.ts: const root = join(lake.before, BUCKETS.raw, rawPrefix(dataset.name));',
    ],
  ]),
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: lines of the sources, as they are
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: lines of the sources, as they are
  ...group(
    'njsscan',
    'The pattern has no repetition within a repetition that could match the same text twice, or it is no pattern that is called: time is linear.',
    [
      [
        'regex_dos',
        'cli/new-dataset/advice.ts: const found = ADVICE.find(([form]) => form.test(reason) || (/\\bby its name\\b/.test(reason) && form.test(file)));',
      ],
      ['regex_dos', 'cli/new-dataset/folders.ts: const name = nameOf(level);'],
      [
        'regex_dos',
        "cli/new-dataset/folders.ts: return TEXT.test(level.prefix) || level.prefix === '' ? `${level.prefix}${time}` : undefined;",
      ],
      [
        'regex_dos',
        "cli/new-dataset/folders.ts: const isTime = prefix !== '' && (TIME_NAME.test(nameOf(level)) || folderTimes([level]) !== undefined);",
      ],
      [
        'regex_dos',
        "cli/new-dataset/folders.ts: (prefix === '' ? `folder_${at + 1}` : KEY_NAME.test(nameOf(level)) ? nameOf(level) : plainName(nameOf(level)));",
      ],
      [
        'regex_dos',
        "cli/new-dataset/known-sources.ts: given(/\"Records\"\\s*:\\s*\\[\\s*\\{/.test(head) && holds('eventVersion', 'eventTime')(head), ...trails(path)),",
      ],
      ['regex_dos', 'cli/new-dataset/line-skeleton.ts: const name = key'],
      ['regex_dos', 'cli/new-dataset/line-skeleton.ts: const same = sameOf(rests, /^([^\\s,;|[\\]"]+)/, least);'],
      [
        'regex_dos',
        "lib/dataset/checks/contradictions.ts: if (/[\\n\\r]/.test(value) && (csv === undefined || !canHold(csv))) return 'is of several lines';",
      ],
      ['regex_dos', 'cli/generate/text-lines.ts: /[\\r\\n]/.test(text) ||'],
      ['regex_dos', 'cli/input/discover.ts: const name = basename(relative);'],
      [
        'regex_dos',
        'cli/new-dataset/delimited.ts: const isBackslash = /[^"\\\\]\\\\"/.test(head) && !/[^,;|\\t \\\\]""/.test(head);',
      ],
      [
        'regex_dos',
        "cli/new-dataset/names.ts: if (kind === 'field') return FIELD_NAME.test(name) && name.length <= 255 && !DML_RESERVED.has(name);",
      ],
      [
        'regex_dos',
        "cli/new-dataset/names.ts: return COLUMN_NAME.test(name) && !isReserved(name) && name !== 'file_row_number';",
      ],
      ['regex_dos', 'cli/new-dataset/parquet-types.ts: const key = parquetType(node.key, isText);'],
      ['regex_dos', 'cli/new-dataset/write.ts: const shown = text.replace(UNSEEN, escaped);'],
      [
        'regex_dos',
        "lib/dataset/layout-template.ts: other !== undefined && (other.kind !== 'text' || digit.test(other.text));",
      ],
      [
        'regex_dos',
        'lib/rows/csv-records.ts: if (delimiter.length !== 1 || code < 1 || code > 126 || /["\\n\\r]/.test(delimiter)) {',
      ],
      [
        'regex_dos',
        "lib/settings/delivery.ts: if (!/^\\d{12}$/.test(String(account)) || typeof account !== 'string') {",
      ],
    ],
  ),
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: lines of the sources, as they are
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: lines of the sources, as they are
  ...group('njsscan', 'The name of a field of CloudTrail, not a name of a user.', [
    ['node_username', 'lib/presets/cloudtrail.ts: const USER_IDENTITY ='],
  ]),
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: lines of the sources, as they are
];
