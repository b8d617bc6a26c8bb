/** Compares pictures of the panel with those that were accepted, as tolerantly as eyes do. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';

const ROOT = path.join(import.meta.dirname, '../..');
const ACCEPTED = path.join(import.meta.dirname, 'pictures');
const ACTUAL = path.join(ROOT, 'out/webview');
/** Set to 1, a picture that differs replaces the accepted one. */
const ACCEPT = 'LOOPSCOPE_ACCEPT_PICTURES';
/** Pictures are compared in squares of so many pixels, by their mean colour: letters may be drawn a little otherwise. */
const CELL = 12;
/** By how much of 255 a mean colour may differ. */
const TOLERANCE = 20;
/** How many squares may differ by more: fewer than anything a person would see. */
const MAX_CELLS = 4;

interface Comparison {
  readonly sizes: readonly [accepted: string, actual: string];
  /** Squares that differ, by their middles in pixels. */
  readonly places: readonly (readonly [x: number, y: number])[];
}

/**
 * What is wrong with the picture of a page, in a sentence that says where it differs and how to accept it; null when
 * nothing is. With `LOOPSCOPE_ACCEPT_PICTURES=1` whatever differs is accepted.
 *
 * @param name of the file under `test/webview/pictures`, without its ending.
 */
export async function differenceFrom(page: Page, name: string): Promise<string | null> {
  await page.evaluate('document.fonts.ready');
  const actual = await page.screenshot({ animations: 'disabled', caret: 'hide' });
  const accepted = await readFile(path.join(ACCEPTED, `${name}.png`)).catch(() => null);
  const comparison = accepted === null ? null : await compare(page, accepted, actual);
  const [before, now] = comparison?.sizes ?? ['', ''];
  const places = comparison?.places ?? [];
  const actualFile = path.join(ACTUAL, `${name}.png`);
  if (comparison !== null && before === now && places.length <= MAX_CELLS) {
    await rm(actualFile, { force: true });
    return null;
  }
  if (process.env[ACCEPT] === '1') {
    await mkdir(ACCEPTED, { recursive: true });
    await writeFile(path.join(ACCEPTED, `${name}.png`), actual);
    return null;
  }
  await mkdir(ACTUAL, { recursive: true });
  await writeFile(actualFile, actual);
  const where =
    comparison === null
      ? 'there is no accepted picture of it'
      : before === now
        ? `${String(places.length)} squares differ, at ${await describe(page, places)}`
        : `it is of ${now} pixels and was of ${before}`;
  return (
    `The picture ${name} is another than test/webview/pictures/${name}.png: ${where}. ` +
    `Look at out/webview/${name}.png; if it is as it shall be, run the test again with ${ACCEPT}=1 and commit the picture.`
  );
}

/** What stands where squares differ: the region of each, once. */
async function describe(page: Page, places: Comparison['places']): Promise<string> {
  const names = await page.evaluate(
    (points) =>
      points.map(([x, y]) => {
        const element = document.elementFromPoint(x, y)?.closest('[class], [role], [id]');
        const name = element?.getAttribute('class') ?? element?.getAttribute('role') ?? element?.id ?? '?';
        return `${name.trim()} (${String(x)}, ${String(y)})`;
      }),
    places.slice(0, 200),
  );
  const seen = new Map<string, string>();
  for (const name of names) seen.set(name.replace(/ \(.*/u, ''), name);
  return [...seen.values()].slice(0, 8).join('; ');
}

/** Compares two pictures in the browser, which can read them. */
async function compare(page: Page, accepted: Buffer, actual: Buffer): Promise<Comparison> {
  const blank = await page.context().newPage();
  try {
    return await blank.evaluate(
      async ({ pictures, cell, tolerance }) => {
        const [before, now] = await Promise.all(
          pictures.map(async (text) => {
            const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
            const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
            const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
            const context = canvas.getContext('2d', { willReadFrequently: true });
            context?.drawImage(bitmap, 0, 0);
            return context?.getImageData(0, 0, bitmap.width, bitmap.height);
          }),
        );
        if (before === undefined || now === undefined) throw new Error('A picture could not be read.');
        const sizes = [before, now].map(({ width, height }) => `${String(width)} × ${String(height)}`);
        const places: [number, number][] = [];
        const { width, height } = now;
        if (sizes[0] === sizes[1]) {
          for (let top = 0; top < height; top += cell) {
            for (let left = 0; left < width; left += cell) {
              const difference = [0, 0, 0];
              let pixels = 0;
              for (let y = top; y < Math.min(height, top + cell); y++) {
                for (let x = left; x < Math.min(width, left + cell); x++) {
                  pixels++;
                  for (let channel = 0; channel < 3; channel++) {
                    const at = (y * width + x) * 4 + channel;
                    difference[channel] = (difference[channel] ?? 0) + (now.data[at] ?? 0) - (before.data[at] ?? 0);
                  }
                }
              }
              if (difference.some((sum) => Math.abs(sum) / pixels > tolerance)) {
                places.push([Math.min(width - 1, left + cell / 2), Math.min(height - 1, top + cell / 2)]);
              }
            }
          }
        }
        return { sizes: [sizes[0] ?? '', sizes[1] ?? ''] as const, places };
      },
      {
        pictures: [accepted, actual].map((picture) => picture.toString('base64')),
        cell: CELL,
        tolerance: TOLERANCE,
      },
    );
  } finally {
    await blank.close();
  }
}
