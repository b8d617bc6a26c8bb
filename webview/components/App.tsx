/** The whole panel: header, verdict, the open view with the details beside it, footer. */
import type { JSX } from 'preact';
import type { ViewName } from '../../extension/protocol/webview-messages';
import { details, loaded, overview, selectedTask, view } from '../store';
import { t, textsRevision } from '../texts';
import { BlocksView } from './BlocksView';
import { Details } from './Details';
import { ExecutorsView } from './ExecutorsView';
import { FindingsView } from './FindingsView';
import { Footer } from './Footer';
import { GraphView } from './GraphView';
import { Header } from './Header';
import { NowView } from './NowView';
import { Question } from './Question';
import { TaskGrid } from './TaskGrid';
import { TimelineView } from './TimelineView';
import { VerdictBar } from './VerdictBar';
import { WaitingView } from './WaitingView';

const VIEW_COMPONENTS: Readonly<Record<ViewName, () => JSX.Element>> = {
  now: NowView,
  timeline: TimelineView,
  tasks: () => <TaskGrid toolbar={true} />,
  graph: GraphView,
  blocks: BlocksView,
  executors: ExecutorsView,
  findings: FindingsView,
};

/** The inspector. */
export function App(): JSX.Element {
  if (textsRevision.value === 0 || !loaded.value) return <main class="loading">{t('waiting.loading')}</main>;
  if (overview.value === null) return <WaitingView />;
  const View = VIEW_COMPONENTS[view.value];
  const withDetails = selectedTask.value !== null && details.value !== null;
  return (
    <div key={textsRevision.value} class={`panel ${overview.value.phase === 'ended' ? 'is-ended' : ''}`}>
      <Header />
      <VerdictBar />
      <div class={`body ${withDetails ? 'with-details' : ''}`}>
        <main>
          <div id="view" class={`view view-${view.value}`} role="tabpanel" aria-labelledby={`tab-${view.value}`}>
            <View />
          </div>
        </main>
        {withDetails && <Details />}
      </div>
      <Footer />
      <Question />
    </div>
  );
}
