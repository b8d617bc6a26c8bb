import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { ENVIRONMENT_SESSION } from '../protocol/generated/constants';
import { SECTION, SETTING } from '../identifiers';
import { thresholdSetting, type Inspection } from '../inspection';
import { inspectionVariables, type Environment } from './environment';
import { FOREIGN_TYPES, decideInjection, namedPython } from './injectionDecision';

/** How long a program of another debugger may run before its silence is told, in ms. It may never use asyncio. */
const NO_HELLO_MS = 10_000;

/** Launch configurations whose being left alone a person was told of; once in a window is enough. */
const told = new Set<string>();

/**
 * Lets the runtime into launches of `debugpy` and `python`. Whatever goes wrong here, the launch goes on as if
 * Loopscope were not there.
 */
export function registerInjection(
  context: vscode.ExtensionContext,
  inspection: Inspection,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  const waiting = new Set<NodeJS.Timeout>();
  // Providers of `*` are asked after those of the type itself, and so see the environment it has put together.
  const provider = vscode.debug.registerDebugConfigurationProvider('*', {
    resolveDebugConfigurationWithSubstitutedVariables: async (folder, configuration) => {
      try {
        return await inject(context, inspection, log, folder, configuration);
      } catch (error) {
        log.error(`The launch “${configuration.name}” goes on without Loopscope: ${String(error)}`);
        return configuration;
      }
    },
  });
  const started = vscode.debug.onDidStartDebugSession((session) => {
    const name = sessionName(session);
    if (name === null) return;
    const timer = setTimeout(() => {
      waiting.delete(timer);
      if (inspection.sessions.launch(name)?.phase !== 'starting') return;
      const sentence = vscode.l10n.t(
        'The program has not connected to Loopscope for {0} s: it has not used asyncio, or its Python cannot be looked into.',
        NO_HELLO_MS / 1000,
      );
      log.info(sentence);
      inspection.sessions.failLaunch(name, 'no-hello', sentence);
    }, NO_HELLO_MS);
    waiting.add(timer);
  });
  const ended = vscode.debug.onDidTerminateDebugSession((session) => {
    const name = sessionName(session);
    if (name !== null) inspection.sessions.endLaunch(name);
  });
  return vscode.Disposable.from(provider, started, ended, {
    dispose: () => {
      for (const timer of waiting) clearTimeout(timer);
    },
  });
}

async function inject(
  context: vscode.ExtensionContext,
  inspection: Inspection,
  log: vscode.LogOutputChannel,
  folder: vscode.WorkspaceFolder | undefined,
  configuration: vscode.DebugConfiguration,
): Promise<vscode.DebugConfiguration> {
  const enabled = vscode.workspace
    .getConfiguration(SECTION, folder ?? null)
    .get<boolean>(SETTING.injectIntoDebugpy, true);
  const decision = decideInjection(configuration, enabled);
  if (!decision.inject) {
    if (decision.reason !== null) {
      tell(configuration.name, vscode.l10n.t(decision.reason), log);
    }
    return configuration;
  }
  const { address, token } = await inspection.address();
  const session = randomUUID();
  const own = environmentOf(configuration['env']);
  const variables = inspectionVariables(
    {
      bootstrapFolder: join(context.extensionPath, 'runtime', 'loopscope', 'bootstrap'),
      address,
      token,
      session,
      thresholdMs: thresholdSetting(),
    },
    own,
    process.env,
  );
  const group = JSON.stringify([folder?.uri.toString() ?? '', configuration.type, configuration.name]);
  inspection.sessions.beginLaunch(session, group, configuration.name);
  // Not waited for: the launch goes on meanwhile.
  void tellIfTooOld(inspection, log, session, folder, configuration);
  await explainOnce(context);
  return { ...configuration, env: { ...own, ...variables } };
}

/** Tells a person why a launch is left alone. */
function tell(name: string, sentence: string, log: vscode.LogOutputChannel): void {
  log.info(`${name}: ${sentence}`);
  if (told.has(name)) return;
  told.add(name);
  void vscode.window.showInformationMessage(sentence);
}

/** Says at once of an interpreter that is too old what would otherwise be told by its silence. */
async function tellIfTooOld(
  inspection: Inspection,
  log: vscode.LogOutputChannel,
  session: string,
  folder: vscode.WorkspaceFolder | undefined,
  configuration: vscode.DebugConfiguration,
): Promise<void> {
  const python = namedPython(configuration);
  if (python === null) return;
  const { OLDEST, tooOldVersion } = await import('./python');
  const cwd: unknown = configuration['cwd'];
  const version = await tooOldVersion(python, typeof cwd === 'string' ? cwd : (folder?.uri.fsPath ?? process.cwd()));
  if (version === null) return;
  const sentence = vscode.l10n.t(
    'Python {0} is older than {1}, so Loopscope does not look into this program.',
    version,
    OLDEST.join('.'),
  );
  inspection.sessions.failLaunch(session, 'python-too-old', sentence);
  tell(configuration.name, sentence, log);
}

/** The name we gave the launch of a session; null for one we are not in, or a child that inherited its parent's. */
function sessionName(session: vscode.DebugSession): string | null {
  if (!FOREIGN_TYPES.includes(session.type) || session.parentSession) return null;
  const environment = session.configuration['env'] as Environment | undefined;
  return environment?.[ENVIRONMENT_SESSION] ?? null;
}

function environmentOf(value: unknown): Record<string, string | null> {
  return typeof value === 'object' && value !== null ? { ...(value as Record<string, string | null>) } : {};
}

const EXPLAINED = 'loopscope.injectionExplained';

/** Says the first time what happens to the launches of another debugger, with the way to turn it off. */
async function explainOnce(context: vscode.ExtensionContext): Promise<void> {
  if (context.globalState.get<boolean>(EXPLAINED) === true) return;
  await context.globalState.update(EXPLAINED, true);
  const off = vscode.l10n.t('Turn Off');
  void vscode.window
    .showInformationMessage(vscode.l10n.t('Loopscope watches the asyncio event loop of programs that you debug.'), off)
    .then(async (answer) => {
      if (answer !== off) return;
      const settings = vscode.workspace.getConfiguration(SECTION);
      await settings.update(SETTING.injectIntoDebugpy, false, vscode.ConfigurationTarget.Global);
    });
}
