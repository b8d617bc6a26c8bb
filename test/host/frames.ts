import type { FrameLocator, Page } from 'playwright-core';

/**
 * The document that an extension put into the webview that is shown: VS Code keeps it inside two iframes.
 */
export function webviewOf(page: Page): FrameLocator {
  return page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
}
