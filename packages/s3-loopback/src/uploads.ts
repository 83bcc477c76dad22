import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Checksum, ChecksumAlgorithm } from './checksums';
import { S3Error } from './errors';
import { APPEND, atPath, CREATE, openReal } from './no-links';

export interface UploadSettings {
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly initiated: number;
  /** Headers that the object will have. */
  readonly headers: Readonly<Record<string, string>>;
  /** The checksum that was asked for at creation. */
  readonly checksum?: Pick<Checksum, 'algorithm' | 'type'>;
}

export interface Part {
  readonly number: number;
  /** File name in the upload's folder. */
  readonly file: string;
  readonly size: number;
  /** MD5 as hex. */
  readonly md5: string;
  /** Milliseconds since the epoch. */
  readonly modified: number;
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value: string };
}

const SETTINGS = 'upload.json';
const PARTS = 'parts.jsonl';

/** One multipart upload: a folder of parts, and a line for each part that was received whole. */
export class Upload {
  readonly #parts = new Map<number, Part>();
  #completing = false;

  constructor(
    readonly id: string,
    readonly settings: UploadSettings,
    private readonly folder: string,
    parts: readonly Part[],
  ) {
    for (const part of parts) this.#parts.set(part.number, part);
  }

  /** By number. */
  get parts(): Part[] {
    return [...this.#parts.values()].sort((a, b) => a.number - b.number);
  }

  part(number: number): Part | undefined {
    return this.#parts.get(number);
  }

  path(part: Part): string {
    return join(this.folder, part.file);
  }

  /**
   * Stores a part, in place of one with the same number.
   * @param content bytes, or a file that is moved
   */
  put(part: Omit<Part, 'file'>, content: Buffer | string): void {
    const stored = { ...part, file: `${part.number}-${randomBytes(6).toString('hex')}` };
    if (typeof content === 'string') {
      atPath(content, (from) => atPath(this.path(stored), (to) => renameSync(from, to)));
    } else {
      writeInto(this.path(stored), CREATE, content);
    }
    writeInto(join(this.folder, PARTS), APPEND, `${JSON.stringify(stored)}\n`);
    const replaced = this.#parts.get(part.number);
    this.#parts.set(part.number, stored);
    if (replaced !== undefined) atPath(this.path(replaced), (path) => rmSync(path, { force: true }));
  }

  /** Keeps the parts as they are while `assemble` reads them. @throws S3Error OperationAborted for another request meanwhile */
  async whileCompleting<T>(assemble: () => Promise<T>): Promise<T> {
    this.#completing = true;
    try {
      return await assemble();
    } finally {
      this.#completing = false;
    }
  }

  /** @throws S3Error OperationAborted while the upload is being completed */
  checkIdle(): void {
    if (this.#completing) throw new S3Error('OperationAborted');
  }
}

/** The multipart uploads of a bucket that are neither completed nor aborted. */
export class Uploads {
  readonly #uploads = new Map<string, Upload>();

  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
    for (const id of readdirSync(folder)) {
      const upload = this.#load(id);
      if (upload === undefined) rmSync(join(folder, id), { recursive: true });
      else this.#uploads.set(id, upload);
    }
  }

  create(settings: UploadSettings): Upload {
    const id = `${settings.initiated.toString(36).padStart(9, '0')}${randomBytes(16).toString('hex')}`;
    const folder = join(this.folder, id);
    atPath(folder, (path) => mkdirSync(path));
    writeInto(join(folder, SETTINGS), CREATE, `${JSON.stringify(settings)}\n`);
    const upload = new Upload(id, settings, folder, []);
    this.#uploads.set(id, upload);
    return upload;
  }

  /** @throws S3Error NoSuchUpload; OperationAborted while it is being completed */
  find(id: string, key: string): Upload {
    const upload = this.#uploads.get(id);
    if (upload === undefined || upload.settings.key !== key) {
      throw new S3Error('NoSuchUpload', { details: { UploadId: id } });
    }
    upload.checkIdle();
    return upload;
  }

  list(): Upload[] {
    return [...this.#uploads.values()];
  }

  remove(id: string): void {
    this.#uploads.delete(id);
    atPath(join(this.folder, id), (path) => rmSync(path, { recursive: true, force: true }));
  }

  /** @returns undefined for an upload that was never announced to its client */
  #load(id: string): Upload | undefined {
    const folder = join(this.folder, id);
    try {
      const settings: UploadSettings = JSON.parse(readFileSync(join(folder, SETTINGS), 'utf8'));
      return new Upload(id, settings, folder, loadParts(folder));
    } catch {
      return undefined;
    }
  }
}

function writeInto(path: string, flags: number, content: Buffer | string): void {
  const fd = openReal(path, flags);
  try {
    writeFileSync(fd, content);
  } finally {
    closeSync(fd);
  }
}

/** The last line of each number counts; files without a line are the remains of parts cut short. */
function loadParts(folder: string): Part[] {
  const files = new Set(readdirSync(folder));
  if (!files.has(PARTS)) return [];
  const lines = readFileSync(join(folder, PARTS), 'utf8').split('\n').slice(0, -1);
  const parts = new Map<number, Part>();
  for (const line of lines) {
    const part: Part = JSON.parse(line);
    if (files.has(part.file)) parts.set(part.number, part);
  }
  const kept = new Set([SETTINGS, PARTS, ...[...parts.values()].map(({ file }) => file)]);
  for (const file of files) if (!kept.has(file)) rmSync(join(folder, file));
  return [...parts.values()];
}
