// @ts-check
/** `npm run build`: bundles the extension, the linter and the webview into `dist`. */
import { build } from './lib/build.mjs';
import { report } from './lib/fault.mjs';

await build().then((built) => (process.exitCode = built ? 0 : 1), report);
