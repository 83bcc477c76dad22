import {
  BlockDeviceVolume,
  EbsDeviceVolumeType,
  InstanceType,
  type ISecurityGroup,
  LaunchTemplate,
  LaunchTemplateHttpTokens,
  MachineImage,
  OperatingSystemType,
  type UserData,
} from 'aws-cdk-lib/aws-ec2';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/**
 * Amazon Linux 2023 for arm64, which has the AWS CLI and the agent of Session Manager. Resolved at deployment.
 * https://docs.aws.amazon.com/linux/al2023/ug/ec2.html
 */
const AMI_PARAMETER = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64';

export interface IngestLaunchTemplateProps {
  readonly instanceType: string;
  readonly role: IRole;
  readonly securityGroup: ISecurityGroup;
  readonly userData: UserData;
}

/**
 * The launch template of the instances. The volume holds the operating system, the image and nothing of the lake, so the account's own EBS key encrypts it: a
 * customer key would have to name the service-linked role of Auto Scaling, which a new account does not have yet:
 * https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html
 *
 * @example
 * ```ts
 * ingestLaunchTemplate(stack, 'Template', {
 *   instanceType: ingest.instanceType,
 *   role: producer,
 *   securityGroup: loadBalancer.instanceSecurityGroup,
 *   userData: UserData.forLinux(),
 * });
 * ```
 */
export const ingestLaunchTemplate = (scope: Construct, id: string, props: IngestLaunchTemplateProps): LaunchTemplate =>
  new LaunchTemplate(scope, id, {
    instanceType: new InstanceType(props.instanceType),
    machineImage: MachineImage.fromSsmParameter(AMI_PARAMETER, { os: OperatingSystemType.LINUX }),
    role: props.role,
    securityGroup: props.securityGroup,
    userData: props.userData,
    associatePublicIpAddress: false,
    detailedMonitoring: true, // the policy watches minutes
    requireImdsv2: true,
    httpTokens: LaunchTemplateHttpTokens.REQUIRED,
    httpPutResponseHopLimit: 1, // the container shares the host's network
    instanceMetadataTags: false,
    blockDevices: [
      {
        deviceName: '/dev/xvda',
        volume: BlockDeviceVolume.ebs(8, {
          encrypted: true,
          volumeType: EbsDeviceVolumeType.GP3,
          deleteOnTermination: true,
        }),
      },
    ],
  });
