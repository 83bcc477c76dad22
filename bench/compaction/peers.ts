import path from 'node:path';
import { environment } from '../../cli/environment';
import { CannotRun } from '../../e2e/tools/errors';
import { keptArtifact, type MavenArtifact } from '../../e2e/tools/maven';
import { pythonEnvironment } from '../../e2e/tools/python';
import type { Supervisor } from '../../e2e/tools/supervisor';
import type { Measured } from './child';
import { say } from './figures';
import { SOURCE_PREFIX } from './harness';

/** Another engine at the same job. */
export interface Peer {
  readonly name: string;
  /** Of a run that takes many times as long as the others, one is enough. */
  readonly runs: 'all' | 'one';
  run(endpoint: string): Promise<Measured>;
}

interface Offer {
  readonly name: string;
  readonly program: string;
  readonly requirements: readonly string[];
  readonly jars: readonly MavenArtifact[];
}

const OFFERS: readonly Offer[] = [
  {
    name: 'Polars, scan_ndjson to sink_parquet',
    program: 'polars',
    requirements: ['polars==2.1.0', 'polars-runtime-32==2.1.0'],
    jars: [],
  },
  {
    name: 'DuckDB with httpfs, one COPY from S3 to S3',
    program: 'duckdb',
    requirements: ['duckdb==1.5.5', 'duckdb-extension-httpfs==1.5.5'],
    jars: [],
  },
  {
    name: 'PySpark, one machine',
    program: 'pyspark',
    requirements: ['pyspark==4.3.0', 'py4j==0.10.9.9'],
    // The versions of Hadoop that this PySpark has, and what they read S3 with.
    jars: [
      {
        coordinates: 'org.apache.hadoop:hadoop-aws:3.5.0:jar',
        sha256: '66bd9eefb938b1a1657487324b63c13df2d8b17164a1dd24e0ef37b905bc5baa',
      },
      {
        coordinates: 'software.amazon.awssdk:bundle:2.35.4:jar',
        sha256: 'db4b55f24ad1b4e70f17eb1717a4de76a8dadc5a27d764be7c44ff67b2c1c677',
      },
      {
        coordinates: 'software.amazon.s3.analyticsaccelerator:analyticsaccelerator-s3:1.3.1:jar',
        sha256: '4959a9747cbb479c73c3ffbcd479bee5b014f8b2880994585a8693fb9d24675e',
      },
    ],
  },
];

/** A peer that takes longer has no part in the comparison. */
const TIMEOUT_SECONDS = 1_200;

/** Installs the peers, in virtual environments of the project. What this machine cannot run is named and left out. */
export async function installPeers(supervisor: Supervisor): Promise<readonly Peer[]> {
  const peers: Peer[] = [];
  for (const offer of OFFERS) {
    try {
      peers.push(await install(supervisor, offer));
    } catch (error) {
      if (!(error instanceof CannotRun)) throw error;
      say(`${offer.name} is left out: ${error.message}\n`);
    }
  }
  return peers;
}

async function install(supervisor: Supervisor, { name, program, requirements, jars }: Offer): Promise<Peer> {
  if (jars.length > 0 && (await supervisor.run('java', ['-version'])).code !== 0) {
    throw new CannotRun('no Java was found. Put a JDK of 17 or newer on the PATH.');
  }
  const { python } = await pythonEnvironment({ name: `peer-${program}`, requirements, supervisor });
  const paths: string[] = [];
  for (const jar of jars) paths.push(await keptArtifact(supervisor, jar, environment().JAVA_HOME ?? ''));
  const args = ['s3://raw', SOURCE_PREFIX].join('/');
  return {
    name,
    runs: jars.length > 0 ? 'one' : 'all',
    run: async (endpoint) => {
      const target = 's3://curated/peer.parquet';
      const script = path.join(__dirname, 'peers.py');
      const { code, stdout, stderr } = await supervisor.run(
        python,
        [script, program, endpoint, args, target, ...paths],
        {
          env: environment(),
          timeoutSeconds: TIMEOUT_SECONDS,
        },
      );
      const answer = stdout.trim().split('\n').at(-1) ?? '';
      if (code !== 0 || !answer.startsWith('{')) throw new Error(`${name} failed:\n${stderr.slice(-2_000)}`);
      return { files: 1, bytesOut: 0, ...(JSON.parse(answer) as object) } as Measured;
    },
  };
}
