import { postGenerated } from '../ingest/local/post-generated'; // with ingest
import type { PostRows } from './posted';

/** How `--through-ingest` does it; nothing in a lake without the ingest tier. */
export const [postRows]: readonly PostRows[] = [
  postGenerated, // with ingest
];
