/** Names that `package.json` and the code share; `identifiers.test.ts` checks that they are the same. */

/** The debug type. */
export const DEBUG_TYPE = 'loopscope';

/** Commands. */
export const COMMAND = {
  openPanel: 'loopscope.openPanel',
  runFile: 'loopscope.runFile',
  clearFindings: 'loopscope.clearFindings',
  showLog: 'loopscope.showLog',
  startRecording: 'loopscope.startRecording',
  stopRecording: 'loopscope.stopRecording',
  exportRecording: 'loopscope.exportRecording',
  reportRecording: 'loopscope.reportRecording',
  showRule: 'loopscope.showRule',
  attach: 'loopscope.attach',
  pickProcess: 'loopscope.pickProcess',
  toggleBreakOnJam: 'loopscope.toggleBreakOnJam',
} as const;

/** Tools for language models. */
export const TOOL = {
  loopState: 'loopscope_loop_state',
  tasks: 'loopscope_tasks',
  blocks: 'loopscope_blocks',
  findings: 'loopscope_findings',
} as const;

/** Section of the settings, and their names in it. */
export const SECTION = 'loopscope';
export const SETTING = {
  pythonPath: 'pythonPath',
  thresholdMs: 'thresholdMs',
  level: 'level',
  openPanel: 'openPanel',
  injectIntoDebugpy: 'injectIntoDebugpy',
  injectIntoTerminals: 'injectIntoTerminals',
  breakOnJam: 'breakOnJam',
  breakOnJamMs: 'breakOnJamMs',
  lineMarks: 'lineMarks',
  lintEnable: 'lint.enable',
  lintSeverity: 'lint.severity',
  lintExclude: 'lint.exclude',
  lintPythonVersion: 'lint.pythonVersion',
} as const;

/** Colours of the editor's marks. */
export const COLOR = {
  lineBackground: 'loopscope.blockLineBackground',
  rulerMark: 'loopscope.block',
  afterText: 'loopscope.blockForeground',
} as const;

/** Names of the launch whose processes are on the screen, in `when` clauses. */
export const CONTEXT = {
  recording: 'loopscope.recording',
} as const;
