/** Who waits for whom, drawn; the same as a table for those who cannot see it. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { WaitGraph } from '../../extension/protocol/webview-messages';
import type { PlacedNode } from '../graphLayout';
import { layOut, NODE_HEIGHT, NODE_WIDTH } from '../graphLayout';
import { routeEdges } from '../graphRoutes';
import { graph, selectedTask } from '../store';
import { t } from '../texts';
import { waitColour } from '../waits';
import { Empty } from './parts';

const LABEL_CHARACTERS = 24;

/** The graph view. */
export function GraphView(): JSX.Element {
  const shown = graph.value;
  if (shown === null || shown.nodes.length === 0) return <Empty title={t('graph.empty')} />;
  const cyclic = shown.nodes.some((node) => node.inCycle);
  return (
    <div class="graph">
      <div class="toolbar">
        {cyclic ? <strong class="alarm">{t('graph.cycle')}</strong> : <span>{t('graph.title')}</span>}
        {shown.omitted > 0 && <span class="dim">{t('graph.omitted', shown.omitted)}</span>}
      </div>
      <div class="graph-scroll" tabIndex={0} role="group" aria-label={t('graph.title')}>
        <Drawing graph={shown} />
        <GraphTable graph={shown} />
      </div>
    </div>
  );
}

function Drawing({ graph: shown }: { readonly graph: WaitGraph }): JSX.Element {
  const { layout, paths } = useMemo(() => {
    const placed = layOut(shown);
    return { layout: placed, paths: [...routeEdges(shown, placed)] };
  }, [shown]);
  return (
    <svg width={layout.width} height={layout.height} role="group" aria-label={t('graph.title')}>
      <defs>
        {['plain', 'in-cycle'].map((name) => (
          <marker
            key={name}
            id={`arrow-${name}`}
            viewBox="0 0 8 8"
            refX="8"
            refY="4"
            markerWidth="7"
            markerHeight="7"
            orient="auto-start-reverse"
          >
            <path d="M0 0L8 4L0 8z" class={`graph-arrow ${name}`} />
          </marker>
        ))}
      </defs>
      {paths.map(([edge, path]) => {
        const look = edge.inCycle ? 'in-cycle' : 'plain';
        return (
          <path
            key={`${edge.from} ${edge.to}`}
            class={`graph-edge ${look}`}
            d={path}
            marker-end={`url(#arrow-${look})`}
          />
        );
      })}
      {[...layout.nodes.values()].map((placed) => (
        <Node key={placed.node.id} placed={placed} />
      ))}
    </svg>
  );
}

function Node({ placed }: { readonly placed: PlacedNode }): JSX.Element {
  const { node, x, y } = placed;
  const label = node.count > 1 ? t('graph.times', node.count, node.label) : node.label;
  const choose = (): void => {
    if (node.task !== null) selectedTask.value = node.task;
  };
  const chosen = node.task !== null && node.task === selectedTask.value;
  const classes = `graph-node ${node.kind} ${node.inCycle ? 'in-cycle' : ''} ${chosen ? 'chosen' : ''}`;
  const shape = (
    <>
      {node.task === null && <title>{label}</title>}
      <rect width={NODE_WIDTH} height={NODE_HEIGHT} rx={node.kind === 'task' ? 3 : NODE_HEIGHT / 2} />
      {node.wait !== null && (
        <rect
          class="graph-wait"
          x={node.kind === 'task' ? 0 : 14}
          y={node.kind === 'task' ? 0 : 15}
          width={node.kind === 'task' ? 4 : 10}
          height={node.kind === 'task' ? NODE_HEIGHT : 10}
          rx={2}
          style={{ fill: `var(--loopscope-wait-${waitColour(node.wait)})`, stroke: 'none' }}
        />
      )}
      <text x={node.kind === 'task' ? 12 : 32} y={node.detail === '' ? 24 : 17}>
        {short(label)}
      </text>{' '}
      {node.detail !== '' && (
        <text class="graph-detail" x={12} y={32}>
          {short(node.detail)}
        </text>
      )}
    </>
  );
  const place = { transform: `translate(${String(x)} ${String(y)})`, class: classes };
  if (node.task === null) return <g {...place}>{shape}</g>;
  return (
    <g
      {...place}
      role="button"
      tabindex={0}
      aria-label={`${label} ${node.detail}`}
      onClick={choose}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        choose();
      }}
    >
      {shape}
    </g>
  );
}

function short(text: string): string {
  return text.length > LABEL_CHARACTERS + 2 ? `${text.slice(0, LABEL_CHARACTERS)}…` : text;
}

function GraphTable({ graph: shown }: { readonly graph: WaitGraph }): JSX.Element {
  const labels = new Map(
    shown.nodes.map((node) => [node.id, node.count > 1 ? t('graph.times', node.count, node.label) : node.label]),
  );
  return (
    <div class="visually-hidden">
      <table>
        <caption>{t('graph.title')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('graph.from')}</th>
            <th scope="col">{t('graph.to')}</th>
          </tr>
        </thead>
        <tbody>
          {shown.edges.map((edge) => (
            <tr key={`${edge.from} ${edge.to}`}>
              <td>{labels.get(edge.from)}</td>
              <td>{labels.get(edge.to)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
