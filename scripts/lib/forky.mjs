// @ts-check
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { cached, cachedInPlace } from './cache.mjs';
import { aptInstall, debianMirror, isRootOnDebian } from './debian.mjs';
import { Fault } from './fault.mjs';
import { cacheFolder, onPath, root, runtimeTests } from './paths.mjs';
import { run } from './processes.mjs';
import { anyPython } from './pythons.mjs';
import { ensureVenv } from './venv.mjs';

const SCRIPTS = '/usr/share/debootstrap/scripts';

/** Where the folder of this Node is seen inside the tree. */
const NODE = '/opt/node';

/** The interpreters of the tree, and the tag of their binary wheels. */
const VERSIONS = [
  { minor: '3.14', abi: 'cp314' },
  { minor: '3.15', abi: 'cp315' },
];

/** The minor versions that the tree has. */
const FORKY = VERSIONS.map(({ minor }) => minor);

/**
 * @typedef {object} ForkyPython
 * @property {string} version As in `3.14.8`.
 * @property {string} minor As in `3.14`.
 * @property {(args: readonly string[]) => readonly [string, readonly string[]]} command How to run it with arguments.
 * @property {string} inside Where the interpreter is, for what runs inside the tree.
 * @property {(args: readonly string[]) => readonly [string, readonly string[]]} node How to run this Node inside the
 * tree, with arguments.
 */

/**
 * The interpreters of the tree that are asked for and not on this machine. Whoever names a version wants it; whoever
 * asks for all gets all that can be had, and is told what could not.
 *
 * @param {import('../parts/part.mjs').Choices} choices
 * @param {readonly { version: string }[]} found What this machine has.
 * @returns {Promise<{ newest: ForkyPython[], skipped: import('./counts.mjs').Entry[] }>}
 * @throws {Fault} When a version is named and the tree cannot be had.
 */
export async function findForky({ pythons, forky }, found) {
  const missing = FORKY.filter((minor) => !found.some(({ version }) => version.startsWith(`${minor}.`)));
  const wanted = missing.filter((minor) => pythons?.includes(minor) ?? forky);
  if (wanted.length === 0) return { newest: [], skipped: [] };
  try {
    return { newest: (await ensureForky()).filter(({ minor }) => wanted.includes(minor)), skipped: [] };
  } catch (error) {
    if (!(error instanceof Fault) || !forky) throw error;
    return { newest: [], skipped: [{ what: `Python ${wanted.join(', ')}: ${error.message}` }] };
  }
}

/**
 * The newest CPythons, from a tree of the coming Debian in the cache; nothing outside the cache is touched. The tree is
 * entered in a mount namespace of its own, so its mounts end with the process that needed them, whatever ends it. The
 * checkout is seen at the same path inside.
 *
 * @returns {Promise<ForkyPython[]>}
 */
async function ensureForky() {
  const tree = await ensureTree();
  /** @type {ForkyPython[]} */
  const pythons = [];
  for (const { minor, abi } of VERSIONS) {
    if (!existsSync(join(tree, 'usr', 'bin', `python${minor}`))) continue;
    const packages = await ensurePackages(minor, abi, join(runtimeTests, 'requirements.txt'));
    /** @type {[string, string][]} */
    const folders = [
      [root, root],
      ['/tmp', '/tmp'],
      // Where every process of this interpreter finds them, whatever its environment.
      [packages, `/usr/local/lib/python${minor}/dist-packages`],
    ];
    const inside = `/usr/bin/python${minor}`;
    /** @param {readonly string[]} args */
    const command = (args) => enter(tree, [inside, ...args], folders);
    /** @param {readonly string[]} args */
    const node = (args) =>
      enter(tree, [join(NODE, basename(process.execPath)), ...args], [...folders, [dirname(process.execPath), NODE]]);
    const [program, args] = command(['-V']);
    const { code, output } = await run(program, args, { cwd: root, capture: true, timeoutMs: 60_000 });
    if (code !== 0) throw new Fault(`Python ${minor} of ${tree} does not run:\n${output}`);
    pythons.push({ version: output.trim().replace('Python ', ''), minor, command, inside, node });
  }
  return pythons;
}

/** @returns {Promise<string>} */
async function ensureTree() {
  if (process.platform !== 'linux' || !isRootOnDebian()) {
    throw new Fault(
      '--pythons=all builds a Debian tree, which needs root on Debian: put the interpreters on PATH instead.',
    );
  }
  return cached('forky', join('usr', 'lib', 'python3.15', 'test', 'test_asyncio'), async (folder) => {
    const mirror = debianMirror();
    if (mirror === undefined) throw new Fault('No Debian archive is named in /etc/apt: --pythons=all cannot be built.');
    if (onPath('debootstrap').length === 0) await aptInstall(['debootstrap'], '--pythons=all');
    if (!existsSync(join(SCRIPTS, 'forky'))) await symlink('sid', join(SCRIPTS, 'forky'));
    process.stdout.write('building a Debian tree with the newest interpreters (once, about two minutes)\n');
    const include = 'python3,python3.14,python3-aiohttp,python3-uvloop';
    await must('debootstrap', ['--no-check-gpg', '--variant=minbase', `--include=${include}`, 'forky', folder, mirror]);
    const apt = ['apt-get', '-o', 'Acquire::Check-Valid-Until=false', '-qq'];
    await must(...enter(folder, [...apt, 'update'], []));
    const packages = ['python3.15', ...FORKY.map((minor) => `libpython${minor}-testsuite`)];
    await must(...enter(folder, [...apt, 'install', '-y', '--no-install-recommends', ...packages], []));
  });
}

/**
 * The packages of the tests for an interpreter that has no pip: pip of another interpreter downloads their wheels. What
 * has no wheel yet for so new a version is left out, and its tests say that they were skipped.
 *
 * @param {string} minor
 * @param {string} abi
 * @param {string} requirements
 * @returns {Promise<string>} A folder for PYTHONPATH.
 */
async function ensurePackages(minor, abi, requirements) {
  const text = existsSync(requirements) ? readFileSync(requirements, 'utf8') : 'pytest\n';
  const key = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return cachedInPlace(`packages-${minor}-${key}`, async (folder) => {
    process.stdout.write(`preparing the tests packages for Python ${minor}\n`);
    const pip = await ensureVenv(await anyPython(), join(runtimeTests, 'none.txt'), 'pip');
    const lines = text.split('\n').map((line) => line.replace(/(^|\s)#.*$/, '').trim());
    for (const line of lines.filter((entry) => entry !== '')) {
      const target = [
        '--python-version',
        minor,
        '--implementation',
        'cp',
        '--abi',
        abi,
        '--abi',
        'abi3',
        '--abi',
        'none',
      ];
      const args = ['-m', 'pip', 'install', '-q', '--target', folder, '--only-binary=:all:', ...target, line];
      const { code, output } = await run(pip, args, { capture: true, timeoutMs: 600_000 });
      if (code !== 0)
        process.stdout.write(`  not available here: ${line} (${output.trim().split('\n').at(-1) ?? ''})\n`);
    }
  });
}

/**
 * The command that runs a command inside the tree, with folders from outside, each at a path inside.
 *
 * @param {string} tree
 * @param {readonly string[]} command
 * @param {readonly (readonly [string, string])[]} folders
 * @returns {[string, string[]]}
 */
function enter(tree, command, folders) {
  const script = [
    'set -e; tree=$1; shift; count=$1; shift',
    'mount -t proc proc "$tree/proc"; mount --rbind /dev "$tree/dev"',
    'while [ "$count" -gt 0 ]; do mkdir -p "$tree$2"; mount --rbind "$1" "$tree$2"; shift 2; count=$((count - 1)); done',
    'here=$PWD; exec chroot "$tree" /bin/sh -c \'cd "$1" 2>/dev/null || cd /; shift; exec "$@"\' sh "$here" "$@"',
  ].join('\n');
  return [
    'unshare',
    [
      ...[
        '--mount',
        '--propagation',
        'private',
        '/bin/sh',
        '-c',
        script,
        'sh',
        tree,
        String(folders.length),
        ...folders.flat(),
      ],
      ...command,
    ],
  ];
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 */
async function must(command, args) {
  const { code, output } = await run(command, args, { capture: true, timeoutMs: 900_000 });
  if (code !== 0)
    throw new Fault(`Building ${join(cacheFolder(), 'forky')} failed in \`${command}\`:\n${output.slice(-2000)}`);
}
