export { byIdentity, byResource, type Decision, trustsAccount } from './evaluate';
export { matchesAction, matchesArn, matchesGlob } from './patterns';
export { type Caller, list, type OneOrMore, type PolicyDocument, type Request, type Statement } from './policy';
