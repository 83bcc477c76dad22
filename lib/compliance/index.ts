/** What constructs need. The packs are in `packs.ts`: they load every service module of the CDK, which takes a second. */
export { acknowledge, inRegulatoryPacks, type RuleId } from './acknowledge';
export { JustifiedPolicy, type JustifiedStatement, type Statement } from './justified-policy';
