import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { dirname, delimiter, join } from 'node:path';
import { root } from '../../scripts/lib/paths.mjs';
import { anyPython } from '../../scripts/lib/pythons.mjs';
import { webviewOf } from './frames';
import { openServerHost } from './server-host';
import { makeScratch } from './workspace';

describe('the packaged extension', function () {
  this.timeout(180_000);

  it('is installed, starts the open file at F5, without a launch.json, and names the line that holds the loop', async () => {
    const scratch = await makeScratch();
    const artifacts = join(root, 'out', 'host');
    await mkdir(artifacts, { recursive: true });
    const python = await anyPython();
    const host = await openServerHost({
      workspace: scratch.workspace,
      data: scratch.data,
      installed: [root],
      env: { ...process.env, PATH: `${dirname(python.executable)}${delimiter}${process.env['PATH'] ?? ''}` },
      logFile: join(artifacts, 'vsix.log'),
    });
    const { page } = host;
    try {
      await page.getByRole('treeitem', { name: 'sleeps.py' }).dblclick({ timeout: 60_000 });
      await page.locator('.monaco-editor .view-lines').getByText('load_rates').first().waitFor();
      // Until the window knows of a debugger, its view has no such button, and F5 does no more than open the view.
      await page.keyboard.press('Control+Shift+D');
      await page.getByRole('button', { name: 'Run and Debug', exact: true }).waitFor({ timeout: 60_000 });
      await page.locator('.monaco-editor .view-lines').getByText('load_rates').first().click();
      await page.keyboard.press('F5');
      await webviewOf(page).getByText('time.sleep').first().waitFor({ timeout: 60_000 });
      await page.keyboard.press('Control+Shift+M');
      await page
        .getByRole('treeitem', { name: /time\.sleep/ })
        .first()
        .waitFor();
      const problem = await page
        .getByRole('treeitem', { name: /time\.sleep/ })
        .first()
        .innerText();
      assert.match(problem, /\[Ln 8, Col \d+\]/);
    } catch (error) {
      await page.screenshot({ path: join(artifacts, 'failed-vsix.png') });
      throw error;
    } finally {
      await host.close();
      await scratch.remove();
    }
  });
});
