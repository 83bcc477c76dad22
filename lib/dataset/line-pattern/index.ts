export { type Automaton, compileLinePattern, compileNode } from './automaton';
export { CharSet } from './char-set';
export { javaPattern, re2Pattern } from './java';
export { groupNames, LinePatternError, type PatternNode, parseLinePattern, parseTextPattern } from './syntax';
