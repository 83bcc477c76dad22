import { main as preflight } from '../../preflight/main';
import { verb } from '../verb';
import { verifyLake } from '../verify/verb';
import { type DataReport, examineData, isSound, LATELY_HOURS, printData } from './data';

/** What `npm run preflight` says, and its exit code. */
async function preflightOf(stage: string): Promise<{ code: number; findings: unknown; text: string }> {
  let json = '';
  let text = '';
  const code = await preflight(
    ['--stage', stage, '--json', '-'],
    { write: (more) => (json += more) },
    { write: (more) => (text += more) },
  );
  return { code, findings: json === '' ? undefined : JSON.parse(json), text };
}

/** @param preflight undefined for a folder, which has none */
export const codeOf = (preflight: number | undefined, verified: number, data: DataReport): 0 | 1 =>
  (preflight ?? 0) === 0 && verified === 0 && isSound(data) ? 0 : 1;

export const run = verb({
  name: 'doctor',
  about: `Checks whether the stage can be deployed (npm run preflight), and then its data: files and manifests (verify), datasets that are stale,
partitions that wait for their checks, and checks that rows failed in the last ${LATELY_HOURS} hours. Of a folder it checks the data alone. It only
reads; preflight needs rights of its own: npm run preflight -- --stage NAME --policy.`,
  options: [['--deep', 'as of verify']],
  flags: { deep: { type: 'boolean' } },
  changes: false,
  wrong: 'something is wrong, or the account could not be checked',
  async run(context, { deep = false }) {
    const { place } = context.lake;
    const checked = 'stage' in place ? await preflightOf(place.stage) : undefined;
    const verified = await verifyLake(context, deep, false);
    const data = await examineData(context.lake, context.selection);
    return {
      code: codeOf(checked?.code, verified.code, data),
      json: { preflight: checked?.findings, verify: verified.json, data },
      print(terminal) {
        if (checked !== undefined) terminal.line(checked.text.trimEnd());
        verified.print(terminal);
        printData(terminal, data);
      },
    };
  },
});
