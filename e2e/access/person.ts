import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { DEPLOYED_INGEST } from '../../ingest/test/support/definitions'; // with ingest
import { pascalCase } from '../../lib/dataset/pascal-case';
import { LAKE_ROLES, type LakeRole } from '../../lib/settings';
import type { Credentials, EmulatedLake } from '../emulator/lake';
import { ACCOUNT } from '../emulator/ministack';
import type { StageChanges } from '../emulator/stage';

const PEOPLE = 'people';
const PEOPLE_ARN = `arn:aws:iam::${ACCOUNT}:role/${PEOPLE}`;

/** A stage that grants every role of the lake to one role of the account. */
export const STAGE: StageChanges = {
  ingest: DEPLOYED_INGEST, // with ingest
  access: Object.fromEntries(LAKE_ROLES.map((name) => [name, { roles: [PEOPLE_ARN] }])),
};

/** Somebody of the account: a user with keys who may take on one role, `people`. */
export class Person {
  readonly #lake: EmulatedLake;
  readonly #user: Credentials;

  private constructor(lake: EmulatedLake, user: Credentials) {
    this.#lake = lake;
    this.#user = user;
  }

  static async create(lake: EmulatedLake): Promise<Person> {
    const iam = lake.client(IAMClient);
    const allow = { Effect: 'Allow', Action: 'sts:AssumeRole' };
    await iam.send(
      new CreateRoleCommand({
        RoleName: PEOPLE,
        AssumeRolePolicyDocument: trustOfTheAccount(),
      }),
    );
    // A role's name in the trust of another is enough on AWS; the emulator asks for this as well.
    const PolicyDocument = policy({ ...allow, Resource: '*' });
    await iam.send(new PutRolePolicyCommand({ RoleName: PEOPLE, PolicyName: 'roles', PolicyDocument }));
    const UserName = 'jo';
    await iam.send(new CreateUserCommand({ UserName }));
    // Of any role: what decides is whom the role trusts.
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'roles', PolicyDocument }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    return new Person(lake, {
      accessKeyId: AccessKey?.AccessKeyId ?? '',
      secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    });
  }

  /** Takes on a role of the lake by way of the role `people`, as the guide says. */
  async as(role: LakeRole): Promise<Credentials> {
    return await this.#assume(await this.#assume(this.#user, PEOPLE_ARN), this.#roleArn(role));
  }

  /** Takes on a role of the lake without being whom it trusts. @throws as it should */
  async directly(role: LakeRole): Promise<Credentials> {
    return await this.#assume(this.#user, this.#roleArn(role));
  }

  /** Takes on any role that trusts whoever is of the account. */
  async take(roleArn: string): Promise<Credentials> {
    return await this.#assume(this.#user, roleArn);
  }

  #roleArn(role: LakeRole): string {
    return this.#lake.output('access', `${pascalCase(role)}RoleArn`);
  }

  async #assume(credentials: Credentials, RoleArn: string): Promise<Credentials> {
    const sts = new STSClient(this.#lake.configuration(credentials));
    const { Credentials: found } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'proof' }));
    return {
      accessKeyId: found?.AccessKeyId ?? '',
      secretAccessKey: found?.SecretAccessKey ?? '',
      sessionToken: found?.SessionToken ?? '',
    };
  }
}

/** A policy document of one statement. */
export const policy = (statement: object): string => JSON.stringify({ Version: '2012-10-17', Statement: [statement] });

/** Lets whoever is of the account, and may, take on the role. */
export const trustOfTheAccount = (): string =>
  policy({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` } });
