import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { BUCKETS, type LocalLake } from '../../../cli/lake';
import { datasets } from '../../../test/fixtures/datasets';
import { type Gateway, startGateway } from '../../gateway/gateway';
import { readSettings } from '../../gateway/settings';
import { AUDIENCE, ISSUER } from '../gateway/support/tokens';

/** What the tier does wrong, for checks that have to see it. */
export interface TierFaults {
  /** The firewall blocks requests that match. */
  readonly blocks?: (headers: Readonly<Record<string, unknown>>, body: string) => boolean;
  /** It lets everything through. */
  readonly hasNoFirewall?: boolean;
  /** Acknowledges events without passing them on; once an instance is gone, or a refresh began, if that is said. */
  readonly loses?: 'always' | 'in trouble';
  /** Refuses every event once an instance is gone, or a refresh began. */
  readonly refuses?: boolean;
  /** Passes each event on twice, as two events of other ids. */
  readonly changes?: (body: string) => string;
  /** No instance comes in the place of one that goes. */
  readonly replacesNothing?: boolean;
  /** An instance that goes could not store what it held. */
  readonly retains?: boolean;
  readonly unhealthy?: boolean;
  /** The end of a refresh with an image that does not exist. */
  readonly refreshEnds?: 'Successful' | 'RollbackFailed';
}

interface Instance {
  readonly id: string;
  readonly gateway: Gateway | undefined;
  state: string;
}

const OWN_VERSION = '7';
const eventsIn = (headers: Readonly<Record<string, unknown>>, body: Buffer): number => {
  const text = (headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString('utf8').trim();
  return text.startsWith('[') ? (JSON.parse(text) as unknown[]).length : text.split('\n').length;
};

export const NO_IMAGE = `sha256:${'0'.repeat(64)}`;

/**
 * An ingest tier on this machine: gateways of the product behind a proxy that stands for load balancer and firewall, and the
 * answers of Auto Scaling, in the shapes of its API reference, that follow what happens to them.
 */
export class Tier {
  readonly #server: Server;
  readonly #lake: LocalLake;
  readonly #jwks: string;
  #instances: Instance[] = [];
  #made = 0;
  #turn = 0;
  #inTrouble = false;
  #version = OWN_VERSION;
  #refresh: { Status: string; version: string } | undefined;
  readonly versions = new Map([[OWN_VERSION, { description: '', image: `registry/ingest@sha256:${'5'.repeat(64)}` }]]);
  faults: TierFaults = {};

  private constructor(server: Server, lake: LocalLake, jwks: string) {
    this.#server = server;
    this.#lake = lake;
    this.#jwks = jwks;
  }

  static async start(lake: LocalLake, jwks: string): Promise<Tier> {
    const server = createServer();
    const tier = new Tier(server, lake, jwks);
    server.on('request', (incoming, outgoing) => void tier.#pass(incoming, outgoing));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await tier.#launch();
    await tier.#launch();
    return tier;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get version(): string {
    return this.#version;
  }

  /** As it was at first, for the next test. */
  async repair(): Promise<void> {
    this.faults = {};
    this.#inTrouble = false;
    this.#version = OWN_VERSION;
    this.#refresh = undefined;
    for (const version of this.versions.keys()) if (version !== OWN_VERSION) this.versions.delete(version);
    this.#instances = this.#instances.filter(({ state }) => state === 'InService');
    while (this.#instances.length < 2) await this.#launch();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    for (const { gateway } of this.#instances) await gateway?.stop();
  }

  async #launch(): Promise<void> {
    const settings = readSettings({
      RAW_BUCKET: BUCKETS.raw,
      INGEST_JWKS: this.#jwks,
      INGEST_JWT_ISSUER: ISSUER,
      INGEST_JWT_AUDIENCE: AUDIENCE,
      INGEST_PORT: '0',
      INGEST_LATENCY_CLASS: 'low',
      INGEST_EMF_SECONDS: '0',
    });
    const gateway = await startGateway({ ...settings, s3: this.#lake.settings.s3 }, { datasets, write: () => {} });
    this.#instances.push({ id: `i-${++this.#made}`, gateway, state: 'InService' });
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    const { blocks, hasNoFirewall, loses, refuses, changes } = this.faults;
    const path = incoming.url ?? '';
    const isEvent = path.startsWith('/v1/datasets/');
    const isBlocked = isEvent ? blocks?.(incoming.headers, body.toString('utf8')) : hasNoFirewall !== true;
    const end = (status: number, text: string): void => void outgoing.writeHead(status).end(text);
    if (isBlocked === true) return end(403, '<html>Forbidden</html>');
    if (!isEvent) return end(404, '{"error":"not found"}');
    if (refuses === true && this.#inTrouble) return end(400, '{}');
    if (loses === 'always' || (loses === 'in trouble' && this.#inTrouble)) {
      const results = Array.from({ length: eventsIn(incoming.headers, body) }, (_, index) => ({
        index,
        status: 'stored',
      }));
      const counts = { stored: results.length, duplicates: 0, conflicts: 0, rejected: 0, failed: 0, skipped: 0 };
      return end(200, JSON.stringify({ ...counts, results }));
    }
    const running = this.#instances.filter(({ state }) => state === 'InService');
    const { gateway } = running[this.#turn++ % running.length] ?? {};
    const changed = changes === undefined ? body : Buffer.from(changes(body.toString('utf8')));
    const passed = request(`${gateway?.url}${path}`, {
      method: incoming.method,
      headers: { ...incoming.headers, 'content-length': changed.length },
    });
    passed.on('error', () => end(502, ''));
    passed.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    passed.end(changed);
  }

  /** By the name of the command. */
  readonly answers = {
    DescribeAutoScalingGroups: () => ({
      AutoScalingGroups: [
        {
          AutoScalingGroupName: 'lake-dev-ingest',
          DesiredCapacity: 2,
          TargetGroupARNs: ['arn:targets'],
          LaunchTemplate: { LaunchTemplateId: 'lt-1', Version: this.#version },
          Instances: this.#instances.map(({ id, state }) => ({ InstanceId: id, LifecycleState: state })),
        },
      ],
    }),
    DescribeTargetHealth: () => ({
      TargetHealthDescriptions: this.#instances.map(({ id }, index) => ({
        Target: { Id: id },
        TargetHealth:
          this.faults.unhealthy === true && index === 0
            ? { State: 'unhealthy', Description: 'Health checks failed with these codes: [502]' }
            : { State: 'healthy' },
      })),
    }),
    TerminateInstanceInAutoScalingGroup: ({ InstanceId }: { InstanceId: string }) => {
      const going = this.#instances.find(({ id }) => id === InstanceId);
      if (going === undefined) throw new Error(`there is no ${InstanceId}`);
      void this.#terminate(going);
      return {};
    },
    DescribeLaunchTemplateVersions: ({ Versions }: { Versions?: readonly string[] }) => ({
      LaunchTemplateVersions: [...this.versions]
        .filter(([number]) => Versions?.includes(number) !== false)
        .map(([number, { description, image }]) => ({
          VersionNumber: Number(number),
          VersionDescription: description,
          LaunchTemplateData: {
            UserData: Buffer.from(`#!/bin/bash\nAWS_REGION='eu-central-1'\nIMAGE='${image}'\n`).toString('base64'),
          },
        })),
    }),
    CreateLaunchTemplateVersion: (input: { VersionDescription: string; LaunchTemplateData: { UserData: string } }) => {
      const script = Buffer.from(input.LaunchTemplateData.UserData, 'base64').toString('utf8');
      const [, image = ''] = /^IMAGE='(.+)'$/m.exec(script) ?? [];
      const number = `${this.versions.size + 7}`;
      this.versions.set(number, { description: input.VersionDescription, image });
      return { LaunchTemplateVersion: { VersionNumber: Number(number) } };
    },
    DeleteLaunchTemplateVersions: ({ Versions }: { Versions: readonly string[] }) => {
      for (const version of Versions) this.versions.delete(version);
      return {};
    },
    StartInstanceRefresh: (input: { DesiredConfiguration: { LaunchTemplate: { Version: string } } }) => {
      const version = input.DesiredConfiguration.LaunchTemplate.Version;
      this.#inTrouble = true;
      const isBroken = this.versions.get(version)?.image.endsWith(NO_IMAGE) === true;
      const isTaken = !isBroken || this.faults.refreshEnds === 'Successful';
      if (isTaken) this.#version = version;
      this.#refresh = { Status: isTaken ? 'Successful' : 'InProgress', version };
      return {};
    },
    DescribeInstanceRefreshes: () => ({
      InstanceRefreshes:
        this.#refresh === undefined
          ? []
          : [
              {
                Status: this.#refresh.Status,
                DesiredConfiguration: { LaunchTemplate: { Version: this.#refresh.version } },
              },
            ],
    }),
    DescribeScalingActivities: () => ({
      Activities: [
        {
          Description: 'Launching a new EC2 instance: i-broken.  Status Reason: lifecycle action ABANDON',
          StatusCode: 'Cancelled',
          StartTime: new Date(Date.now() + 1_000),
        },
      ],
    }),
    RollbackInstanceRefresh: () => {
      if (this.#refresh !== undefined) this.#refresh.Status = this.faults.refreshEnds ?? 'RollbackSuccessful';
      return {};
    },
  };

  async #terminate(going: Instance): Promise<void> {
    this.#inTrouble = true;
    going.state = 'Terminating:Wait';
    await going.gateway?.stop();
    if (this.faults.retains === true) {
      going.state = 'Terminating:Retained';
      return;
    }
    this.#instances = this.#instances.filter((instance) => instance !== going);
    if (this.faults.replacesNothing !== true) await this.#launch();
  }
}
