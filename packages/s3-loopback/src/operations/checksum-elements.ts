import type { Checksum, ChecksumAlgorithm } from '../checksums';
import { element } from '../xml';

/** Name of the element that holds a checksum, for example `ChecksumCRC32C`. */
export const checksumElement = (algorithm: ChecksumAlgorithm): string => `Checksum${algorithm.toUpperCase()}`;

export const checksumElements = (checksum: Checksum | undefined): string =>
  checksum === undefined
    ? ''
    : element(checksumElement(checksum.algorithm), checksum.value) + element('ChecksumType', checksum.type);
