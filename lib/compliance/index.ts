export { acknowledge, acknowledgeWildcards, inRegulatoryPacks, type RuleId } from './acknowledge';
export { addCompliancePacks, compliancePacks } from './packs';
