export { CompactionAlarms } from './alarms';
export { COMPACTOR_ENTRIES, PLANNER_ENTRIES, PUBLISHER_ENTRIES } from './entries';
export { CompactionFunction, NODE_RUNTIME } from './function';
export { compactorStatements, plannerStatements, publisherStatements, readPublications } from './policies';
export { CompactionSchedules } from './schedules';
export { CompactionStateMachine } from './state-machine';
export { FUNCTION_TIMEOUT, MAP_LABEL, RESULT_PREFIX } from './workflow';
