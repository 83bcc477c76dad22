import { count, plural } from '../../format';
import { visible } from '../../visible';
import { quarantineOf } from '../quarantined';
import { verb } from '../verb';
import { type ReasonCount, Reasons } from './reasons';

export const run = verb({
  name: 'quarantine',
  about: 'Shows why lines and whole objects were rejected, by reason, with counts and examples. It only reads.',
  flags: {},
  changes: false,
  async run({ lake, selection, progress }) {
    const found: { dataset: string; reasons: readonly ReasonCount[] }[] = [];
    for (const dataset of selection.datasets) {
      progress('read', found.length / selection.datasets.length);
      const reasons = new Reasons();
      for await (const object of quarantineOf(lake, dataset, selection)) reasons.add(object);
      found.push({ dataset: dataset.name, reasons: reasons.counts() });
    }
    return {
      code: 0,
      json: { datasets: found },
      print(terminal) {
        for (const { dataset, reasons } of found) {
          terminal.line(`${terminal.bold(dataset)}${reasons.length === 0 ? ': nothing in quarantine' : ''}`);
          for (const { reason, lines, objects, partitions, examples } of reasons) {
            const much = [
              ...(lines > 0 ? [`${count(lines)} ${lines === 1 ? 'line' : 'lines'}`] : []),
              ...(objects > 0 ? [plural(objects, 'object')] : []),
            ].join(' and ');
            terminal.line(`  ${much} in ${plural(partitions, 'partition')}: ${visible(reason)}`);
            for (const { source, line, text } of examples) {
              terminal.line(terminal.dim(`    ${visible(source)}${line === null ? '' : `, line ${line}`}`));
              if (text !== null) terminal.line(terminal.dim(`      ${visible(text)}`));
            }
          }
        }
      },
    };
  },
});
