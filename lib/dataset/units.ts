/** Bytes, as memory, disks and S3 parts count them. */
export const KIB = 1024;
export const MIB = 1024 * KIB;
