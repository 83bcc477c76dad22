import { DockerfileParser, type Instruction } from 'dockerfile-ast';
import { ModifiableInstruction } from 'dockerfile-ast/lib/modifiableInstruction';

/** An instruction of a Dockerfile, with its continuation lines joined. */
export interface Step {
  readonly keyword: string;
  /** What follows the keyword and its flags. */
  readonly text: string;
  /** Flags such as `--from=build`, by name. */
  readonly flags: Readonly<Record<string, string>>;
  /** The words after the flags, unquoted; of the JSON form its strings. */
  readonly words: readonly string[];
  readonly isJson: boolean;
}

export interface Stage {
  /** As written, variables in it replaced by their defaults. */
  readonly base: string;
  readonly name: string | undefined;
  readonly steps: readonly Step[];
}

/** The stages of a Dockerfile, in their order. */
export function readStages(source: string): readonly Stage[] {
  const file = DockerfileParser.parse(source);
  const defaults = Object.fromEntries(
    file.getInitialARGs().flatMap((arg) => {
      const property = arg.getProperty();
      return property === null ? [] : [[property.getName(), property.getValue() ?? '']];
    }),
  );
  const stages: { base: string; name: string | undefined; steps: Step[] }[] = [];
  for (const instruction of file.getInstructions()) {
    const step = readStep(instruction);
    if (step.keyword === 'FROM') {
      const [image = '', , name] = step.words;
      stages.push({ base: image.replace(/\$\{(\w+)\}/g, (_, arg: string) => defaults[arg] ?? ''), name, steps: [] });
    } else {
      stages.at(-1)?.steps.push(step);
    }
  }
  return stages;
}

function readStep(instruction: Instruction): Step {
  const keyword = instruction.getKeyword();
  const words = instruction.getArguments().map((argument) => argument.getValue());
  const flags = Object.fromEntries(
    instruction instanceof ModifiableInstruction
      ? instruction.getFlags().map((flag) => [flag.getName(), flag.getValue() ?? ''])
      : [],
  );
  const text = instruction.getArgumentsContent() ?? '';
  const json = /^(?:\s*(?:--\S+|CMD)\s+)*(\[.*\])\s*$/s.exec(text)?.[1];
  const strings = json === undefined ? undefined : (JSON.parse(json) as string[]);
  return { keyword, text, flags, words: strings ?? words, isJson: strings !== undefined };
}
