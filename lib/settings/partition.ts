/**
 * Beginnings of the names of regions in China, GovCloud, the European Sovereign Cloud and the isolated partitions.
 * https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
 */
const OTHER = /^(?:cn|us-gov|us-iso[a-z]*|eu-isoe|eusc)-/;

/** Whether a region is outside of the partition `aws`, where services, endpoints and managed rules differ. */
export const isOfOtherPartition = (region: string): boolean => OTHER.test(region);

/** Why a stage cannot be there, and what to do. */
export const OTHER_PARTITION = {
  problem: 'is not in the partition aws, the only one that the lake supports',
  fix: "write a region outside of China, GovCloud and the sovereign and isolated partitions, such as 'eu-central-1'",
} as const;
