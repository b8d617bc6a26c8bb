/** The model: what inspected processes reported, and the queries over it. Pure: no vscode, no sockets, no clock. */
export { inFamilies, type Relative } from './families';
export { blockFingerprint, findingFingerprint } from './fingerprints';
export { changesBetween, momentOf, type Changes, type Moment } from './moments';
export { spreadBars, type HoldSpread } from './holdSpread';
export { ProcessModel } from './processModel';
export type * from './queries';
export { commandLine, Sessions, type ProcessPort } from './sessions';
export { parseTaskFilter, type TaskFilter } from './taskFilter';
export { programTitle } from './title';
export { verdictOfPast } from './verdict';
export {
  blockMark,
  blockSentence,
  causeText,
  durationText,
  findingSentence,
  placeText,
  untranslated,
  verdictSentence,
  victimsText,
  type Translate,
} from './sentences';
