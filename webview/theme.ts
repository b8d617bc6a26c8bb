/** Colours for canvases, read from the page's style so that they follow the theme. */
import { signal } from '@preact/signals';

/** Raised when the theme changed: what is drawn with {@link colour} must be drawn again. */
export const themeRevision = signal(0);

const cache = new Map<string, string>();

/** The value of a custom property of the page, such as `--loopscope-block`. */
export function colour(name: string): string {
  let value = cache.get(name);
  if (value === undefined) {
    value = getComputedStyle(document.body).getPropertyValue(name).trim();
    cache.set(name, value);
  }
  return value;
}

/** Notices when VS Code switches the theme: it rewrites the attributes of the page's root. */
export function watchTheme(): void {
  const changed = (): void => {
    cache.clear();
    themeRevision.value++;
  };
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
  observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
}

const motion = window.matchMedia('(prefers-reduced-motion: reduce)');

/** True when the person asked for less movement. */
export function reducedMotion(): boolean {
  return motion.matches || document.body.classList.contains('vscode-reduce-motion');
}
