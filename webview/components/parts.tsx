/** Small things every view uses. */
import type { ComponentChildren, JSX } from 'preact';
import type { LoopView } from '../../extension/model/queries';
import type { Site, TaskState } from '../../extension/protocol/generated/types';
import { functionLabel, placeLabel } from '../format';
import { post } from '../host';
import { openSite } from '../store';
import { t } from '../texts';

/** A codicon, silent to screen readers. */
export function Icon({ name }: { readonly name: string }): JSX.Element {
  return <span class={`codicon codicon-${name}`} aria-hidden="true" />;
}

/** A source place that opens in the editor when it is chosen. `tabbable` is false inside grids, whose rows take Enter. */
export function PlaceLink({
  site,
  tabbable = true,
}: {
  readonly site: Site | null;
  readonly tabbable?: boolean;
}): JSX.Element {
  if (site === null) return <span class="dim">{t('tasks.unknownPlace')}</span>;
  return (
    <button
      type="button"
      class="link place"
      title={`${site.file}:${String(site.line)} · ${functionLabel(site.function)}`}
      {...(tabbable ? {} : { tabIndex: -1 })}
      onClick={(event) => {
        event.stopPropagation();
        openSite(site.id);
      }}
    >
      {placeLabel(site)}
    </button>
  );
}

/** A state as a word with a dot in its colour. */
export function StateLabel({ state }: { readonly state: TaskState | LoopView['state'] }): JSX.Element {
  return (
    <span class={`state state-${state}`}>
      <i class={`dot dot-${state}`} aria-hidden="true" />
      <span class="state-word">{t(`state.${state}`)}</span>
    </span>
  );
}

/** A part of a view with its heading. */
export function Section(props: {
  readonly title: string;
  readonly aside?: ComponentChildren;
  readonly class?: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <section class={`section ${props.class ?? ''}`} aria-label={props.title}>
      <header class="section-head">
        <h2>{props.title}</h2>
        {props.aside !== undefined && <div class="section-aside">{props.aside}</div>}
      </header>
      {props.children}
    </section>
  );
}

/** How much of something is in use, as a bar; the figures stand beside it in words. */
export function Meter(props: { readonly part: number; readonly tone: 'running' | 'warning' }): JSX.Element {
  const width = `${String(Math.round(Math.min(1, Math.max(0, props.part)) * 100))}%`;
  return (
    <div class={`meter meter-${props.tone}`} aria-hidden="true">
      <i style={{ width }} />
    </div>
  );
}

/** What a chart shows, for who cannot see it: the first cell of a row says of when it is. */
export function ChartTable(props: {
  readonly caption: string;
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
}): JSX.Element {
  return (
    <div class="visually-hidden">
      <table>
        <caption>{props.caption}</caption>
        <thead>
          <tr>
            {props.heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((cells, index) => (
            <tr key={index}>
              {cells.map((cell, column) => (
                <td key={column}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Puts `text` on the clipboard; nothing when it gives null. */
export function CopyButton(props: { readonly label: string; readonly text: () => string | null }): JSX.Element {
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={props.label}
      title={props.label}
      onClick={() => {
        const text = props.text();
        if (text !== null) post({ type: 'copy', text });
      }}
    >
      <Icon name="copy" />
    </button>
  );
}

/** Says that a view has nothing to show. */
export function Empty({ title, detail }: { readonly title: string; readonly detail?: string }): JSX.Element {
  return (
    <div class="empty">
      <p>{title}</p>
      {detail !== undefined && <p class="dim">{detail}</p>}
    </div>
  );
}
