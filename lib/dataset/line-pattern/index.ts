export { type Automaton, compileLinePattern, compileNode } from './automaton';
export { CharSet } from './char-set';
export { javaPattern } from './java';
export { groupNames, LinePatternError, type PatternNode, parseLinePattern } from './syntax';
