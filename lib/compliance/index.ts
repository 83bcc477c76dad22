/** What constructs need. The packs are in `packs.ts`: they load every service module of the CDK, which takes a second. */
export { acknowledge, acknowledgeWildcards, inRegulatoryPacks, type RuleId } from './acknowledge';
