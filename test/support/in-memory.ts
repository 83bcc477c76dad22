/** Tests make folders and files by the ten thousand, on which a disk spends a fifth of their time. */
import { fastFolder } from './fast-folder';

process.env.TMPDIR = fastFolder();
